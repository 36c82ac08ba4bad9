import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ notes: '申办须知', form: '新办/续办申请', edit: '修改申请单', person: '修改人员申请单' }, { notes: 'Notes for applicants', form: 'Application for a new card', edit: 'Change the application', person: 'Change the person' })

export const routes: RouteRecordRaw[] = [
  { path: '/applications/new', component: () => import('./StartPage.vue'), meta: { title: () => t('notes'), audience: 'enterprise' } },
  { path: '/drafts/:id', component: () => import('./FormPage.vue'), meta: { title: () => t('form'), audience: 'enterprise' } },
  { path: '/applications/:number(APEC[\\d-]+)/edit', component: () => import('./EditPage.vue'), meta: { title: () => t('edit'), audience: 'enterprise' } },
  { path: '/persons/:number(APEC\\d{14}-\\d{2})/edit', component: () => import('./PersonEditPage.vue'), meta: { title: () => t('person'), audience: 'enterprise' } },
]
