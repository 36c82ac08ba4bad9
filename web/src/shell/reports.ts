/**
 * Tells the operators of errors that nothing caught and of how long the first page took. Only names, places and times are
 * sent: the text of an error may repeat what somebody typed.
 */
import type { ClientReport } from '../api/schema'

type Told = Pick<ClientReport, 'kind' | 'name' | 'place' | 'milliseconds'>

const MOST = 5
const SAMPLED = 0.1
let sent = 0
let own: string | null = null
let pattern: () => string = () => '/'

/** Script, line and column at the top of a stack, if it is one of ours: `/assets/index-1.js:1:2`. */
export function placeOf(stack: string | undefined): string | null {
  return /\/assets\/[\w.-]+\.js:\d+:\d+/.exec(stack ?? '')?.[0] ?? null
}

/** Send a report, at most five from one load of the portal; nobody waits for it, and its failure changes nothing. */
export function tell(told: Told): void {
  if (own === null || ++sent > MOST) return
  const report: ClientReport = { page: pattern(), version: own, ...told }
  const headers = { 'Content-Type': 'application/json' }
  void fetch('/v1/client-errors', { method: 'POST', credentials: 'omit', keepalive: true, headers, body: JSON.stringify(report) }).catch(() => undefined)
}

function failed(error: unknown): void {
  const known = error instanceof Error ? error : null
  tell({ kind: 'error', name: known?.name.replace(/[^A-Za-z]/g, '').slice(0, 60) || null, place: placeOf(known?.stack), milliseconds: null })
}

function observed(): void {
  // Robots are no users; of the others, one in ten tells.
  if (navigator.webdriver || Math.random() >= SAMPLED || !('PerformanceObserver' in window)) return
  let last = 0
  new PerformanceObserver((list) => {
    last = list.getEntries().slice(-1)[0]?.startTime ?? last
  }).observe({ type: 'largest-contentful-paint', buffered: true })
  document.addEventListener(
    'visibilitychange',
    () => {
      if (last) tell({ kind: 'shown', name: null, place: null, milliseconds: Math.round(last) })
      last = 0
    },
    { once: true },
  )
}

/**
 * Begin to report.
 *
 * @param entry The script that the portal began with.
 * @param page The pattern of the address that is open.
 */
export function watchPage(entry: string | null, page: () => string): void {
  own = entry
  pattern = page
  window.addEventListener('error', ({ error }) => failed(error))
  window.addEventListener('unhandledrejection', ({ reason }) => failed(reason))
  observed()
}
