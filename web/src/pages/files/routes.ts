import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '申请与人员' }, { title: 'Applications and persons' })

export const routes: RouteRecordRaw[] = [
  { path: '/files', component: () => import('./FilesPage.vue'), meta: { title: () => t('title'), audience: 'office', paper: 'wide' } },
]
