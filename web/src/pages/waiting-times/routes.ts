import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '各经济体审批用时' }, { title: 'Waiting times of the economies' })

export const routes: RouteRecordRaw[] = [
  { path: '/waiting-times', component: () => import('./WaitingTimesPage.vue'), meta: { title: () => t('title'), audience: 'signed-in' } },
]
