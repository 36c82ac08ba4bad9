import { expect, test } from 'vitest'

import type { ProgressRow } from '../../api/schema'
import { countsOf, economiesOf, outcomeOf } from './matrix'

const ROW: ProgressRow = { status: 'ECONOMY_REVIEW', status_label: '经济体审核中', person_number: 'APEC20261129000001-01', name: '测试甲', title: '经理', approved: ['新加坡', '智利'], refused: ['韩国'], locked: [], pending: ['日本'] }

test('every economy of every row has a column, once', () => {
  const other = { ...ROW, approved: ['日本', '泰国'], refused: [], pending: ['新加坡'] }
  expect(economiesOf([ROW, other])).toEqual(['新加坡', '智利', '韩国', '日本', '泰国'])
})

test('a cell has the outcome of its column', () => {
  expect(['新加坡', '韩国', '日本', '泰国'].map((economy) => outcomeOf(ROW, economy))).toEqual(['approved', 'refused', 'pending', 'pending'])
})

test('counts leave out what there is none of', () => {
  expect(countsOf(ROW)).toEqual([{ outcome: 'approved', count: 2 }, { outcome: 'refused', count: 1 }, { outcome: 'pending', count: 1 }])
})
