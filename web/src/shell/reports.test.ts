import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { placeOf, tell, watchPage } from './reports'

const sent = vi.fn(() => Promise.reject(new TypeError('offline')))

beforeEach(() => vi.stubGlobal('fetch', sent))
afterEach(() => vi.unstubAllGlobals())

function bodies(): unknown[] {
  return (sent.mock.calls as unknown as [string, { body: string }][]).map(([, { body }]) => JSON.parse(body) as unknown)
}

test('the place of an error is ours or none', () => {
  expect(placeOf('TypeError: x\n    at a (https://abtc.example/assets/index-B_1.js:3:77)')).toBe('/assets/index-B_1.js:3:77')
  expect(placeOf('Error\n    at chrome-extension://abc/content.js:1:1')).toBeNull()
  expect(placeOf(undefined)).toBeNull()
})

test('an error that nothing caught is told without its text, and five times at most', () => {
  watchPage('/assets/index-1.js', () => '/persons/:number')
  const error = new TypeError('张三 E00000001')
  error.stack = 'TypeError: 张三\n    at /assets/PersonPage-1.js:1:2'
  window.dispatchEvent(new ErrorEvent('error', { error }))
  expect(bodies()).toEqual([
    { kind: 'error', page: '/persons/:number', version: '/assets/index-1.js', name: 'TypeError', place: '/assets/PersonPage-1.js:1:2', milliseconds: null },
  ])
  for (let times = 0; times < 10; times++) tell({ kind: 'unreachable', name: null, place: null, milliseconds: null })
  expect(sent).toHaveBeenCalledTimes(5)
})
