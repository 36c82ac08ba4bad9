import { expect, test } from 'vitest'

import { readDecision, readLine, useEntries, type Values } from './entries'

const NONE: Values = { decision: 'pending', valid_until: '', foreign_number: '' }
const KEY = 'APEC20261129000001-01'

test('answers are understood in Chinese, in English and by their letters', () => {
  expect(['批准', ' Ａ', 'Refused', '锁定', 'pending', '也许'].map(readDecision)).toEqual(['approved', 'approved', 'refused', 'locked', 'pending', undefined])
})

test('a pasted line names its person, an answer, a day and a foreign number', () => {
  expect(readLine(['apec20261129000001-01', '批准', '2030/1/31', 'CHN-1'])).toEqual({ key: KEY, change: { decision: 'approved', valid_until: '2030-01-31', foreign_number: 'CHN-1' } })
  expect(readLine([KEY, '', 'CHN-1'])).toEqual({ key: KEY, change: { foreign_number: 'CHN-1' } })
  expect([readLine(['x', '批准']), readLine([KEY, '也许']), readLine([KEY, ''])]).toEqual(['number', 'decision', 'nothing'])
})

test('an entry that equals what is recorded is none, and each step is undone', () => {
  const entries = useEntries()
  const stored = (): Values => NONE
  entries.enter([{ key: 'a', change: { decision: 'approved' } }, { key: 'b', change: { decision: 'refused' } }], stored)
  entries.enter([{ key: 'a', change: { valid_until: '2030-01-31' } }], stored)
  expect(entries.entered.value.get('a')).toEqual({ decision: 'approved', valid_until: '2030-01-31' })
  entries.enter([{ key: 'b', change: { decision: 'pending' } }], stored)
  expect(entries.count.value).toBe(1)
  entries.undo()
  entries.undo()
  expect([...entries.entered.value.entries()]).toEqual([['a', { decision: 'approved' }], ['b', { decision: 'refused' }]])
  entries.undo()
  entries.undo()
  expect([entries.count.value, entries.canUndo.value]).toEqual([0, false])
})

test('what is recorded leaves, the rest of the row stays, and no undo brings it back', () => {
  const entries = useEntries()
  entries.enter([{ key: 'a', change: { decision: 'approved', foreign_number: 'CHN-1' } }], () => NONE)
  entries.refusals.set('a', '稍后重试')
  entries.done('a', ['decision', 'valid_until'])
  expect(entries.entered.value.get('a')).toEqual({ foreign_number: 'CHN-1' })
  expect([entries.refusals.size, entries.canUndo.value]).toEqual([0, false])
})
