import type { RouteRecordRaw } from 'vue-router'

import { common } from '../../words/common'

const meta = { title: () => common('accountSettings'), audience: 'signed-in' } as const

export const routes: RouteRecordRaw[] = [
  {
    path: '/account',
    component: () => import('./AccountFrame.vue'),
    meta,
    children: [
      { path: '', component: () => import('./ProfilePart.vue'), meta },
      { path: 'invoices', component: () => import('./InvoicesPart.vue'), meta },
      { path: 'email', component: () => import('./EmailPart.vue'), meta },
      { path: 'password', component: () => import('./PasswordPart.vue'), meta },
      { path: 'agents', component: () => import('./AgentsPart.vue'), meta },
      { path: 'devices', component: () => import('./DevicesPart.vue'), meta },
    ],
  },
]
