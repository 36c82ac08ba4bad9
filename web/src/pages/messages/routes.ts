import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '消息中心' }, { title: 'Messages' })

export const routes: RouteRecordRaw[] = [
  { path: '/messages', component: () => import('./MessagesPage.vue'), meta: { title: () => t('title'), audience: 'enterprise' } },
]
