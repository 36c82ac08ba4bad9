import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '审核工作台' }, { title: 'Desk' })
const component = () => import('./DeskPage.vue')

export const routes: RouteRecordRaw[] = [
  { path: '/desk', component, meta: { title: () => t('title'), audience: 'office' } },
  { path: '/desk/:number(APEC\\d{14}-?\\d{0,2})', component, meta: { title: () => t('title'), audience: 'office' } },
]
