import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '页面不存在' }, { title: 'Page not found' })

export const routes: RouteRecordRaw[] = [
  { path: '/:rest(.*)*', component: () => import('./MissingPage.vue'), meta: { title: () => t('title'), audience: 'open' } },
]
