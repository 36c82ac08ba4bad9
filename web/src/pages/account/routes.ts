import type { RouteRecordRaw } from 'vue-router'

import { common } from '../../words/common'

const title = (): string => common('accountSettings')

export const routes: RouteRecordRaw[] = [
  {
    path: '/account',
    component: () => import('./AccountFrame.vue'),
    meta: { title, audience: 'signed-in' },
    children: [
      { path: '', component: () => import('./ProfilePart.vue'), meta: { title, audience: 'enterprise' } },
      { path: 'invoices', component: () => import('./InvoicesPart.vue'), meta: { title, audience: 'enterprise' } },
      { path: 'email', component: () => import('./EmailPart.vue'), meta: { title, audience: 'enterprise' } },
      { path: 'mailbox', component: () => import('./MailboxPart.vue'), meta: { title, audience: 'enterprise' } },
      { path: 'password', component: () => import('./PasswordPart.vue'), meta: { title, audience: 'signed-in' } },
      { path: 'agents', component: () => import('./AgentsPart.vue'), meta: { title, audience: 'enterprise' } },
      { path: 'second-factor', component: () => import('./SecondFactorPart.vue'), meta: { title, audience: 'office' } },
      { path: 'passkeys', component: () => import('./PasskeysPart.vue'), meta: { title, audience: 'signed-in' } },
      { path: 'devices', component: () => import('./DevicesPart.vue'), meta: { title, audience: 'signed-in' } },
      { path: 'records', component: () => import('./RecordsPart.vue'), meta: { title, audience: 'enterprise' } },
    ],
  },
]
