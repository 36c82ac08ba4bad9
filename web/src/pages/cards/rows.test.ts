import { expect, test } from 'vitest'

import { readMade } from './rows'

test('a pasted line names the person, the card and its last day', () => {
  expect(readMade(['apec20261129000001-01', 'CN1234567', '2031年1月2日'])).toEqual({ key: 'APEC20261129000001-01', made: { card_number: 'CN1234567', valid_until: '2031-01-02' } })
  expect(readMade(['APEC20261129000001', 'CN1', ''])?.made.valid_until).toBe('')
  expect([readMade(['CN1234567', '2031-01-02']), readMade(['APEC20261129000001-01'])]).toEqual([null, null])
})
