import { expect, test } from 'vitest'

import type { MonthOfOffice } from '../../api/schema'
import { byField, byMonth, byOffice, monthsBefore, shareOf } from './figures'

function month(office: string, name: string, submitted: number, returned: number): MonthOfOffice {
  return {
    office, office_name: office.toUpperCase(), month: name, submitted, persons: submitted * 2, services: [],
    desks: [{ desk: 'fao', passed: 3, returned, rejected: 0, returned_share: null }, { desk: 'consular', passed: 1, returned: 1, rejected: 2, returned_share: null }],
  }
}

const ITEMS = [month('a', '2026-10', 1, 0), month('a', '2026-11', 2, 1), month('b', '2026-10', 9, 5)]

test('months are summed over offices and stand in their order', () => {
  expect(byMonth(ITEMS).map(({ key, submitted, persons, fao }) => [key, submitted, persons, fao.passed, fao.returned])).toEqual([['2026-10', 10, 20, 6, 5], ['2026-11', 2, 4, 3, 1]])
})

test('offices are summed over months, the most applications first', () => {
  expect(byOffice(ITEMS).map(({ name, submitted, consular }) => [name, submitted, consular.rejected])).toEqual([['B', 9, 2], ['A', 3, 4]])
})

test('the share of returns is of all decisions, and unknown without any', () => {
  expect(shareOf({ passed: 2, returned: 1, rejected: 1 })).toBe(0.25)
  expect(shareOf({ passed: 0, returned: 0, rejected: 0 })).toBeNull()
})

test('fields are summed over offices, by desk', () => {
  const fields = [
    { office: 'a', office_name: 'A', desk: 'fao' as const, field: 'title', label: '职务', returns: 2 },
    { office: 'b', office_name: 'B', desk: 'fao' as const, field: 'photo', label: '照片', returns: 3 },
    { office: 'a', office_name: 'A', desk: 'consular' as const, field: 'title', label: '职务', returns: 4 },
  ]
  expect(byField(fields)).toEqual([{ key: 'title', name: '职务', fao: 2, consular: 4 }, { key: 'photo', name: '照片', fao: 3, consular: 0 }])
})

test('months to choose from go back over the turn of the year', () => {
  expect(monthsBefore('2026-02', 4)).toEqual(['2026-02', '2026-01', '2025-12', '2025-11'])
})
