import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'

import type { Statistics } from '../api/schema'
import WaitsTable from './WaitsTable.vue'

const STATISTICS: Statistics = {
  months: 24,
  shown_from: 10,
  items: [
    { code: 'AUS', name: '澳大利亚', answers: 40, median_days: 30, ninth_decile_days: null, known_days: 80 },
    { code: 'BRN', name: '文莱', answers: null, median_days: null, ninth_decile_days: null, known_days: null },
    { code: 'CHL', name: '智利', answers: 25, median_days: 10, ninth_decile_days: 20, known_days: 20 },
  ],
}

test('every figure is in words beside its bar, and an economy with too few answers has neither', async () => {
  const table = mount(WaitsTable, { props: { statistics: STATISTICS, label: '用时' } })
  const rows = () => table.findAll('tbody tr').map((row) => row.findAll('th, td').map((cell) => cell.text()))
  expect(rows()).toEqual([
    ['澳大利亚', '', '30天', '超过80天', '40'],
    ['文莱', '', '数据不足', '数据不足', '数据不足'],
    ['智利', '', '10天', '20天', '25'],
  ])
  expect(table.findAll('tbody tr').map((row) => row.findAll('rect').length)).toEqual([2, 0, 2])
  await table.findAll('button')[1]?.trigger('click')
  expect(rows().map(([name]) => name)).toEqual(['智利', '澳大利亚', '文莱'])
})
