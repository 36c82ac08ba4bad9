/** The addresses of all pages. Each page names its own in `routes.ts` of its folder. */
import { nextTick } from 'vue'
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

import { current, mayBeSignedIn, restore } from './session/current'
import { common } from './words/common'

declare module 'vue-router' {
  interface RouteMeta {
    /** The name of the page in the browser's title; a function, since the language can change. */
    title: () => string
    /** Who may open the page: `open` everybody, `signed-in` every account of an enterprise. */
    audience: 'open' | 'signed-in'
    /** Whether the page stands alone, without the side menu of signed-in users. */
    alone?: boolean
  }
}

const modules = import.meta.glob<{ routes: RouteRecordRaw[] }>('./pages/*/routes.ts', { eager: true })

export const router = createRouter({
  history: createWebHistory(),
  routes: Object.values(modules).flatMap(({ routes }) => routes),
  // Its replacement is experimental.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? {} : { top: 0 }),
})

router.beforeEach(async (to) => {
  // Pages for everybody appear at once; the menu of the account follows.
  if (to.meta.audience === 'open') {
    void restore()
    return true
  }
  if (mayBeSignedIn()) await restore()
  return current.value ? true : { path: '/sign-in', query: { next: to.fullPath } }
})

router.afterEach(async (to, from, failure) => {
  if (failure) return
  document.title = `${to.meta.title()} - ${common('product')}（${common('unofficial')}）`
  // Screen readers and keyboards continue at the new page, not at the link that led to it.
  if (from.matched.length && to.path !== from.path) {
    await nextTick()
    document.getElementById('main')?.focus({ preventScroll: true })
  }
})
