import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '经济体审批结果' }, { title: 'Answers of economies' })

export const routes: RouteRecordRaw[] = [
  { path: '/economies', component: () => import('./EconomiesPage.vue'), meta: { title: () => t('title'), audience: 'office' } },
]
