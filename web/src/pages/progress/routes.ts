import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '人员申请进度' }, { title: 'Progress by person' })

export const routes: RouteRecordRaw[] = [
  { path: '/applications/:number/progress', component: () => import('./ProgressPage.vue'), meta: { title: () => t('title'), audience: 'enterprise', paper: 'wide' } },
]
