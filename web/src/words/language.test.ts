import { beforeEach, expect, test } from 'vitest'
import { nextTick } from 'vue'

import { fill, language, words } from './language'

const t = words({ found: '共{count}条', none: '无' }, { found: '{count} found', none: 'None' })

beforeEach(() => {
  language.value = 'zh'
})

test('a text is in the chosen language', async () => {
  expect(t('found', { count: 3 })).toBe('共3条')
  language.value = 'en'
  await nextTick()
  expect(t('found', { count: 3 })).toBe('3 found')
  expect(document.documentElement.lang).toBe('en')
  expect(localStorage.getItem('language')).toBe('en')
})

test('a name without a value stays, so that it is noticed', () => {
  expect(fill('{a} {b}', { a: 1 })).toBe('1 {b}')
})
