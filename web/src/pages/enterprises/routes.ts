import type { RouteRecordRaw } from 'vue-router'

import { isConsular, startPage } from '../../session/current'
import { words } from '../../words/language'

const t = words(
  { list: '企业', open: '开通企业账号', detail: '单位详情' },
  { list: 'Enterprises', open: 'Open an account', detail: 'Enterprise' },
)

export const routes: RouteRecordRaw[] = [
  { path: '/enterprises', component: () => import('./EnterprisesPage.vue'), meta: { title: () => t('list'), audience: 'office' } },
  {
    path: '/enterprises/new',
    component: () => import('./OpenPage.vue'),
    // The consular department alone opens accounts.
    beforeEnter: () => isConsular.value || startPage.value,
    meta: { title: () => t('open'), audience: 'office' },
  },
  { path: '/enterprises/:id([0-9a-f]{20})', component: () => import('./EnterprisePage.vue'), meta: { title: () => t('detail'), audience: 'office' } },
]
