import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '忘记密码' }, { title: 'Forgotten password' })

export const routes: RouteRecordRaw[] = [
  { path: '/recover', component: () => import('./RecoverPage.vue'), meta: { title: () => t('title'), audience: 'open', alone: true } },
]
