import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '我的草稿' }, { title: 'My drafts' })

export const routes: RouteRecordRaw[] = [
  { path: '/drafts', component: () => import('./DraftsPage.vue'), meta: { title: () => t('title'), audience: 'enterprise' } },
]
