import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ title: '人员申请单详情', apply: '申请业务' }, { title: 'Person', apply: 'Apply for a service' })

export const routes: RouteRecordRaw[] = [
  { path: '/persons/:number(APEC\\d{14}-\\d{2})', component: () => import('./PersonPage.vue'), meta: { title: () => t('title'), audience: 'enterprise' } },
  {
    path: '/persons/:number(APEC\\d{14}-\\d{2})/apply/:service(early_card|replace_card|change_passport|cancel_card)',
    component: () => import('./ServicePage.vue'),
    meta: { title: () => t('apply'), audience: 'enterprise' },
  },
]
