import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words(
  { title: '电子营业执照说明', desk: '工作台使用说明' },
  { title: 'About the electronic business licence', desk: 'How the desk works' },
)

export const routes: RouteRecordRaw[] = [
  { path: '/help/licence', component: () => import('./LicencePage.vue'), meta: { title: () => t('title'), audience: 'open', alone: true } },
  { path: '/help/desk', component: () => import('./DeskHelp.vue'), meta: { title: () => t('desk'), audience: 'office' } },
]
