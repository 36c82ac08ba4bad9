import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '申请单详情' }, { title: 'Application' })

export const routes: RouteRecordRaw[] = [
  { path: '/applications/:number(APEC\\d{14})', component: () => import('./ApplicationPage.vue'), meta: { title: () => t('title'), audience: 'enterprise' } },
]
