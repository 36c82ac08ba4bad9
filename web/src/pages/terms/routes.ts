import type { RouteRecordRaw } from 'vue-router'

import { words } from '../../words/language'

const t = words({ service: '用户协议', privacy: '隐私政策', about: '关于我们' }, { service: 'Terms of service', privacy: 'Privacy policy', about: 'About us' })

export const routes: RouteRecordRaw[] = [
  { path: '/terms/service', component: () => import('./ServiceTerms.vue'), meta: { title: () => t('service'), audience: 'open', alone: true } },
  { path: '/terms/privacy', component: () => import('./PrivacyPolicy.vue'), meta: { title: () => t('privacy'), audience: 'open', alone: true } },
  { path: '/about', component: () => import('./AboutPage.vue'), meta: { title: () => t('about'), audience: 'open', alone: true } },
]
