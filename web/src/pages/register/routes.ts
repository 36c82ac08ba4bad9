import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '企业账号注册' }, { title: 'Enterprise registration' })

export const routes: RouteRecordRaw[] = [
  { path: '/register', component: () => import('./RegisterPage.vue'), meta: { title: () => t('title'), audience: 'open', alone: true } },
]
