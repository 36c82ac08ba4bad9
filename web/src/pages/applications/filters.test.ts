import { expect, test } from 'vitest'

import { asQuery, asSearch, readFilters } from './filters'

const NONE = readFilters({}, {})

test('a number is searched as a number, everything else as a name', () => {
  for (const text of ['APEC20261129000001', 'apec20261129000001-02', '20261129', ' 0001 '])
    expect(asSearch({ ...NONE, text })).toMatchObject({ number: text.trim(), applicant: null })
  for (const text of ['测试甲', 'APEC', '测试1'])
    expect(asSearch({ ...NONE, text })).toMatchObject({ number: null, applicant: text })
})

test('names and passports never stand in the address', () => {
  const filters = { ...NONE, text: '测试甲', passport_number: 'E00000001', status: 'FAO_REVIEW' }
  expect(asQuery(filters)).toEqual({ status: 'FAO_REVIEW' })
})

test('an address is read back, and what it cannot mean is left out', () => {
  const filters = { ...NONE, available_service: 'early_card', agent_id: 'a' }
  expect(readFilters(asQuery(filters), {})).toEqual(filters)
  expect(readFilters({ service: 'early_card', available_service: 'early_card' }, {}).available_service).toBeNull()
  expect(readFilters({ service: 'nothing' }, {}).service).toBe('new_or_renewal')
})
