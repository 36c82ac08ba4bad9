import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '我的申请单' }, { title: 'My applications' })

export const routes: RouteRecordRaw[] = [
  { path: '/applications', component: () => import('./ApplicationsPage.vue'), meta: { title: () => t('title'), audience: 'enterprise' } },
]
