import type { RouteRecordRaw } from 'vue-router'

import { isConsular, startPage } from '../../session/current'
import { words } from '../../words/language'

const t = words({ title: '登录限制' }, { title: 'Sign-in locks' })

export const routes: RouteRecordRaw[] = [
  {
    path: '/sign-in-locks',
    component: () => import('./SignInLocksPage.vue'),
    // The consular department alone sees and clears them.
    beforeEnter: () => isConsular.value || startPage.value,
    meta: { title: () => t('title'), audience: 'office' },
  },
]
