import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '制卡与领卡' }, { title: 'Cards' })

export const routes: RouteRecordRaw[] = [
  { path: '/cards', component: () => import('./CardsPage.vue'), meta: { title: () => t('title'), audience: 'office' } },
]
