import { afterEach, expect, test, vi } from 'vitest'

import { entryOf, isNewer, look, watchVersion } from './version'

const page = (entry: string): string => `<head><script type="module" crossorigin src="${entry}"></script></head>`

afterEach(() => vi.unstubAllGlobals())

function serve(answer: () => Response | Promise<Response>): void {
  vi.stubGlobal('fetch', vi.fn(() => Promise.resolve().then(answer)))
}

test('the version of a page is the address of its first script', () => {
  expect(entryOf(page('/assets/index-1.js'))).toBe('/assets/index-1.js')
  expect(entryOf('<h1>502 Bad Gateway</h1>')).toBeNull()
})

test('only another page of the portal is a newer version, and it stays known', async () => {
  watchVersion('/assets/index-1.js')
  serve(() => new Response(page('/assets/index-1.js')))
  expect(await look()).toBe(false)
  serve(() => new Response('<h1>502 Bad Gateway</h1>', { status: 502 }))
  expect(await look()).toBe(false)
  serve(() => Promise.reject(new TypeError('offline')))
  expect(await look()).toBe(false)
  serve(() => new Response(page('/assets/index-2.js')))
  expect(await look()).toBe(true)
  expect(isNewer.value).toBe(true)
  serve(() => Promise.reject(new TypeError('offline')))
  expect(await look()).toBe(true)
})
