import type { RouteRecordRaw } from 'vue-router'

import { common } from '../../words/common'

export const routes: RouteRecordRaw[] = [
  { path: '/sign-in', component: () => import('./SignInPage.vue'), meta: { title: () => common('signIn'), audience: 'open', alone: true } },
]
