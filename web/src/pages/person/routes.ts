import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '人员申请单详情' }, { title: 'Person' })

export const routes: RouteRecordRaw[] = [
  { path: '/persons/:number(APEC[\\d-]+)', component: () => import('./PersonPage.vue'), meta: { title: () => t('title'), audience: 'signed-in' } },
]
