import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ notes: '申办须知', form: '新办/续办申请', edit: '修改申请单' }, { notes: 'Notes for applicants', form: 'Application for a new card', edit: 'Change the application' })

export const routes: RouteRecordRaw[] = [
  { path: '/applications/new', component: () => import('./StartPage.vue'), meta: { title: () => t('notes'), audience: 'signed-in' } },
  { path: '/drafts/:id', component: () => import('./FormPage.vue'), meta: { title: () => t('form'), audience: 'signed-in' } },
  { path: '/applications/:number(APEC[\\d-]+)/edit', component: () => import('./EditPage.vue'), meta: { title: () => t('edit'), audience: 'signed-in' } },
]
