import type { RouteRecordRaw } from 'vue-router'

import { isConsular, startPage } from '../../session/current'
import { words } from '../../words/language'

const t = words({ title: '邮件' }, { title: 'Mail' })

export const routes: RouteRecordRaw[] = [
  {
    path: '/mail',
    component: () => import('./MailPage.vue'),
    // The consular department alone sees mail.
    beforeEnter: () => isConsular.value || startPage.value,
    meta: { title: () => t('title'), audience: 'office' },
  },
]
