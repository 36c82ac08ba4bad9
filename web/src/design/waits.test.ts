import { expect, test } from 'vitest'

import type { EconomyStatistics } from '../api/schema'
import { barsOf, longestOf, soonestFirst } from './waits'

const item = (code: EconomyStatistics['code'], median_days: number | null, ninth_decile_days: number | null, known_days: number | null): EconomyStatistics => ({
  code,
  name: code,
  answers: median_days === null ? null : 10,
  median_days,
  ninth_decile_days,
  known_days,
})
const ITEMS = [item('AUS', 40, null, 80), item('BRN', null, null, null), item('CHL', 10, 20, 20), item('JPN', null, null, 30)]

test('the longest time is the scale of all bars', () => {
  expect(longestOf(ITEMS)).toBe(80)
  expect(longestOf([])).toBe(1)
  expect(barsOf(item('CHL', 10, 20, 20), 80)).toEqual({ median: 25, ninth: 50, isOpen: false })
})

test('a figure that is not known goes as far as the waits say anything', () => {
  expect(barsOf(item('AUS', 40, null, 80), 80)).toEqual({ median: 100, ninth: 200, isOpen: true })
})

test('economies are sorted by the median, without figures last', () => {
  expect(soonestFirst(ITEMS).map(({ code }) => code)).toEqual(['CHL', 'JPN', 'AUS', 'BRN'])
})
