import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '统计' }, { title: 'Statistics' })

export const routes: RouteRecordRaw[] = [
  { path: '/statistics', component: () => import('./StatisticsPage.vue'), meta: { title: () => t('title'), audience: 'office', paper: 'wide' } },
]
