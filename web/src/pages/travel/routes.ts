import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '出行核对' }, { title: 'Travel check' })

export const routes: RouteRecordRaw[] = [
  { path: '/applications/:number/travel', component: () => import('./TravelPage.vue'), meta: { title: () => t('title'), audience: 'enterprise', paper: 'wide' } },
]
