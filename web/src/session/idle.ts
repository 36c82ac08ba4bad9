/**
 * The end of a session after 30 minutes without a request. The server decides; pages warn two minutes before.
 * Tabs share the time of the last request in the browser's storage, so that all warn and end together.
 */
import { readonly, ref } from 'vue'

export const IDLE_MINUTES = 30
export const WARN_MINUTES = 28
const KEY = 'last-request'
const MINUTE = 60_000

export type IdleState = 'active' | 'warned' | 'ended'

/** What a tab shows when the last request was made at this time. */
export function stateAt(now: number, last: number): IdleState {
  const minutes = (now - last) / MINUTE
  return minutes >= IDLE_MINUTES ? 'ended' : minutes >= WARN_MINUTES ? 'warned' : 'active'
}

/** Whole seconds until the end. */
export function secondsLeft(now: number, last: number): number {
  return Math.max(0, Math.ceil((last + IDLE_MINUTES * MINUTE - now) / 1000))
}

const state = ref<IdleState>('active')
const left = ref(0)
const listeners: (() => void)[] = []
let timer: number | undefined

function check(): void {
  const last = Number(localStorage.getItem(KEY))
  if (!last) return
  const next = stateAt(Date.now(), last)
  left.value = secondsLeft(Date.now(), last)
  const before = state.value
  state.value = next
  if (next === 'ended') {
    window.clearInterval(timer)
    timer = undefined
    if (before !== 'ended') listeners.forEach((listener) => listener())
  }
}

export const idle = {
  state: readonly(state),
  secondsLeft: readonly(left),
  /** A request has used the session. */
  touched(): void {
    localStorage.setItem(KEY, String(Date.now()))
    state.value = 'active'
    timer ??= window.setInterval(check, 1000)
  },
  onEnd(listener: () => void): void {
    listeners.push(listener)
  },
}
