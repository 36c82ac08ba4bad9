import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { idle, secondsLeft, stateAt } from './idle'

const MINUTE = 60_000

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }))
afterEach(() => vi.useRealTimers())

test.each([[0, 'active'], [27.99, 'active'], [28, 'warned'], [29.99, 'warned'], [30, 'ended'], [600, 'ended']] as const)(
  'after %d minutes a tab is %s',
  (minutes, state) => {
    expect(stateAt(minutes * MINUTE, 0)).toBe(state)
  },
)

test('the seconds that are left never go below zero', () => {
  expect([28, 29.5, 31].map((minutes) => secondsLeft(minutes * MINUTE, 0))).toEqual([120, 30, 0])
})

test('a tab warns, a request of another tab takes the warning back, and the end is told once', () => {
  let ends = 0
  idle.onEnd(() => ends++)
  idle.touched()
  vi.advanceTimersByTime(28 * MINUTE + 1000)
  expect(idle.state.value).toBe('warned')
  localStorage.setItem('last-request', String(Date.now()))
  vi.advanceTimersByTime(1000)
  expect(idle.state.value).toBe('active')
  vi.advanceTimersByTime(31 * MINUTE)
  expect([idle.state.value, ends]).toEqual(['ended', 1])
})
