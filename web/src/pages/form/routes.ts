import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ notes: '申办须知', form: '新办/续办申请' }, { notes: 'Notes for applicants', form: 'Application for a new card' })

export const routes: RouteRecordRaw[] = [
  { path: '/applications/new', component: () => import('./StartPage.vue'), meta: { title: () => t('notes'), audience: 'signed-in' } },
  { path: '/drafts/:id', component: () => import('./FormPage.vue'), meta: { title: () => t('form'), audience: 'signed-in' } },
]
