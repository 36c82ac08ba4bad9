import { expect, test } from 'vitest'

import { asQuery, asSearch, readFilters } from './officeList'

const NONE = readFilters({}, {})

test('names, numbers and passports never stand in the address', () => {
  const filters = { ...NONE, number: 'APEC20261129', applicant: '测试甲', passport_number: 'E00000001', enterprise: '测试企业', status: 'FAO_REVIEW', order: 'newest' }
  expect(asQuery(filters)).toEqual({ status: 'FAO_REVIEW', order: 'newest' })
  expect(readFilters(asQuery(filters), filters)).toEqual(filters)
})

test('an enterprise is a USCC if it has its form, and a part of a name otherwise', () => {
  expect(asSearch({ ...NONE, enterprise: ' 91430100MA4L0000XX ' })).toMatchObject({ uscc: '91430100MA4L0000XX', enterprise: null })
  expect(asSearch({ ...NONE, enterprise: '测试' })).toMatchObject({ uscc: null, enterprise: '测试' })
})

test('days are a number, and what is none is left to the server', () => {
  expect(asSearch({ ...NONE, waiting_longer_than: '１４' }).waiting_longer_than).toBe(14)
  expect(asSearch({ ...NONE, waiting_longer_than: 'two' }).waiting_longer_than).toBe('two')
  expect(asSearch(NONE).waiting_longer_than).toBeNull()
})
