import { expect, test } from 'vitest'

import type { ProgressRow } from '../../api/schema'
import { countsOf, economiesOf, outcomesOf } from './matrix'

const ROW: ProgressRow = {
  person_number: 'APEC20261129000001-01',
  name: '测试甲',
  title: '经理',
  status: 'ECONOMY_REVIEW',
  status_label: 'APEC经济体审核中',
  approved: ['新加坡', '智利'],
  refused: ['韩国'],
  locked: [],
  pending: ['日本'],
}

test('every economy has one column, in the usual order, unknown ones last', () => {
  const other = { ...ROW, approved: ['日本', '泰国'], refused: [], pending: ['新加坡'] }
  expect(economiesOf([ROW, other], ['智利', '日本', '韩国', '新加坡', '越南'])).toEqual(['智利', '日本', '韩国', '新加坡', '泰国'])
})

test('a cell has the outcome of its column, and none where the economy was not asked', () => {
  const outcomes = outcomesOf(ROW)
  expect(['新加坡', '韩国', '日本', '泰国'].map((economy) => outcomes.get(economy))).toEqual(['approved', 'refused', 'pending', undefined])
})

test('counts leave out what there is none of', () => {
  expect(countsOf(ROW)).toEqual([{ outcome: 'approved', count: 2 }, { outcome: 'refused', count: 1 }, { outcome: 'pending', count: 1 }])
})
