import type { RouteRecordRaw } from 'vue-router'

// The page of all components belongs to the sandbox: other builds do not have it.
export const routes: RouteRecordRaw[] = __SANDBOX__
  ? [{ path: '/design', component: () => import('./DesignPage.vue'), meta: { title: () => 'Design', audience: 'open', alone: true } }]
  : []
