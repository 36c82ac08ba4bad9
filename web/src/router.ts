/** The addresses of all pages. Each page names its own in `routes.ts` of its folder. */
import { nextTick } from 'vue'
import { createRouter, type RouteRecordRaw } from 'vue-router'

import { createHistory, load } from './addresses'
import { onReply } from './api/client'
import { toast } from './design/toast'
import { current, isOfficer, mayBeSignedIn, restore, startPage } from './session/current'
import { tell } from './shell/reports'
import { look, isNewer } from './shell/version'
import { common } from './words/common'
import { words } from './words/language'

declare module 'vue-router' {
  interface RouteMeta {
    /** The name of the page in the browser's title; a function, since the language can change. */
    title: () => string
    /** Who may open the page: everybody, every account, those of an enterprise (agents too), or officers. */
    audience: 'open' | 'signed-in' | 'enterprise' | 'office'
    /** Whether the page stands alone, without the side menu of signed-in users. */
    alone?: boolean
    /** Whether the page is printed on sheets that lie on their side; upright without it. */
    paper?: 'wide'
  }
}

const t = words(
  { unreachable: '页面未能打开，请检查网络后重试。' },
  { unreachable: 'The page could not be opened. Please check the connection and try again.' },
)

const modules = import.meta.glob<{ routes: RouteRecordRaw[] }>('./pages/*/routes.ts', { eager: true })

export const router = createRouter({
  history: createHistory(),
  routes: Object.values(modules).flatMap(({ routes }) => routes),
  // Its replacement is experimental.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? {} : { top: 0 }),
})

/** What is newer appears with the next page: by now the page that is left has saved, or asked about, what was typed. */
router.beforeEach((to, from) => {
  if (!isNewer.value || !from.matched.length || to.path === from.path) return true
  load(to.fullPath)
  return false
})

/** A page whose files are gone, or cannot be reached: the first is a newer version. */
router.onError(async (_, to) => {
  if (await look()) load(to.fullPath)
  else {
    toast(t('unreachable'), { tone: 'bad' })
    tell({ kind: 'unreachable', name: null, place: null, milliseconds: null })
  }
})

router.beforeEach(async (to) => {
  // Pages for everybody appear at once; the menu of the account follows.
  if (to.meta.audience === 'open') {
    void restore()
    return true
  }
  if (mayBeSignedIn()) await restore()
  if (!current.value) return { path: '/sign-in', query: { next: to.fullPath } }
  const isMeant = to.meta.audience === 'signed-in' || isOfficer.value === (to.meta.audience === 'office')
  return isMeant ? true : startPage.value
})

/** Where an account goes that must renew its password, or set up its second step, before anything else. */
const CREDENTIALS: Partial<Record<string, string>> = { PASSWORD_EXPIRED: '/account/password', SECOND_FACTOR_MISSING: '/account/second-factor' }

onReply((problem) => {
  const place = problem ? CREDENTIALS[problem.code] : undefined
  if (place && router.currentRoute.value.path !== place) void router.push(place)
})

router.afterEach(async (to, from, failure) => {
  if (failure) return
  document.body.classList.toggle('wide-paper', to.meta.paper === 'wide')
  document.title = `${to.meta.title()} - ${common('product')}（${common('unofficial')}）`
  // Screen readers and keyboards continue at the new page, not at the link that led to it.
  if (from.matched.length && to.path !== from.path) {
    await nextTick()
    document.getElementById('main')?.focus({ preventScroll: true })
  }
})
