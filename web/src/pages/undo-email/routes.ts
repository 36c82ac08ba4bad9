import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '撤销修改邮箱' }, { title: 'Undo the change of address' })

export const routes: RouteRecordRaw[] = [
  { path: '/undo-email', component: () => import('./UndoEmailPage.vue'), meta: { title: () => t('title'), audience: 'open', alone: true } },
]
