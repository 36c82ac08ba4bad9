import { expect, test } from 'vitest'

import { newPerson } from './content'
import { faultsOf, openFaults } from './faults'
import { COLUMNS, HEADER, readPasted, sheetCells } from './pasted'

const choices = { sex: [{ code: 'female', name: '女' }] }

test('a cell in quotes keeps its line ends, tabs and doubled quotes', () => {
  expect(sheetCells('a\t"b\nc"\t"d ""e"" f"\r\ng\t\t\n\n')).toEqual([['a', 'b\nc', 'd "e" f'], ['g', '', '']])
  expect(sheetCells('say "so"\t"open')).toEqual([['say "so"', '"open']])
  expect(sheetCells('')).toEqual([])
})

test('without a header row the columns have the order of the template', () => {
  const cells = COLUMNS.map(() => '')
  cells[0] = '测试甲'
  cells[COLUMNS.indexOf('sex')] = '女'
  cells[COLUMNS.indexOf('birth_date')] = '1990年1月2日'
  cells[COLUMNS.indexOf('passport_expires_on')] = '2034/1/2'
  cells[COLUMNS.indexOf('first_time')] = '否'
  const { rows } = readPasted(cells.join('\t'), [], choices)
  expect(rows[0]?.person).toEqual({ name: '测试甲', sex: 'female', birth_date: '1990-01-02', passport_expires_on: '2034-01-02', first_time: false })
})

test('with a header row the columns have any order, and an unknown one is named', () => {
  const { columns, rows } = readPasted('手机号\t部门\t姓（拼音）\t 姓名*\n13800000000\t销售\tCeshi\t测试乙', [], choices)
  expect(columns).toEqual(['phone', null, 'surname_pinyin', 'name'])
  expect(rows.map(({ person }) => person)).toEqual([{ phone: '13800000000', surname_pinyin: 'Ceshi', name: '测试乙' }])
})

test('every title of the template is known, also in half width', () => {
  expect(readPasted(HEADER.map((title) => title.normalize('NFKC')).join('\t'), [], {}).columns).toEqual([...COLUMNS])
})

test('a number that the spreadsheet rounded and an unknown answer are never taken', () => {
  const { rows } = readPasted('姓名\t身份证号\t是否首次申办\n测试丙\t4.30102E+17\t也许', [], choices)
  expect(rows[0]?.person).toEqual({ name: '测试丙' })
  expect(rows[0]?.refused).toEqual([
    { field: 'id_number', reason: 'rounded' },
    { field: 'first_time', reason: 'choice' },
  ])
})

test('a fault follows its person and vanishes when the field is edited', () => {
  const [first, second] = [newPerson({ name: '甲' }), newPerson({ phone: '1' })]
  const faults = faultsOf([first, second], [{ field: 'persons.1.phone', message: '手机号：格式不正确' }, { field: null, message: '表头' }])
  expect(openFaults([first, second], faults)).toEqual([{ field: 'persons.1.phone', step: 'persons', person: 1, message: '手机号：格式不正确' }])
  expect(openFaults([second], faults)[0]?.field).toBe('persons.0.phone')
  second.phone = '2'
  expect(openFaults([first, second], faults)).toEqual([])
})
