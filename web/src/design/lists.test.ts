import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { nextTick } from 'vue'

import BatchDialog from './BatchDialog.vue'
import { inParts, pastedCells } from './cells'
import FilterBar from './FilterBar.vue'
import LeavingDialog from './LeavingDialog.vue'
import LettersPart from './LettersPart.vue'
import { hasCards } from './letters'
import LoadedPart from './LoadedPart.vue'
import { loadingLists } from './loading'
import PasteBox from './PasteBox.vue'
import RowOutcome from './RowOutcome.vue'
import SelectTable from './SelectTable.vue'
import type { RowState } from './table'
import WorkbookBox from './WorkbookBox.vue'

const ROWS = ['a', 'b', 'c', 'd'].map((key) => ({ key, label: key.toUpperCase(), selectable: key !== 'c', inAll: key !== 'b' }))

function table(chosen: readonly string[] = []) {
  const mounted = mount(SelectTable<(typeof ROWS)[number]>, {
    attachTo: document.body,
    props: { rows: ROWS, label: '申请单', modelValue: chosen, 'onUpdate:modelValue': (value: readonly string[]) => void mounted.setProps({ modelValue: value }) },
  })
  return mounted
}

test('all chooses what can be chosen and is not part of another row', async () => {
  const mounted = table()
  const [all, ...boxes] = mounted.findAll('input')
  expect(boxes.map((box) => box.attributes('aria-label'))).toEqual(['选择A', '选择B', '选择D'])
  await all?.trigger('change')
  expect(mounted.props('modelValue')).toEqual(['a', 'd'])
  await all?.trigger('change')
  expect(mounted.props('modelValue')).toEqual([])
})

test('rows are chosen without a mouse: arrows move, with Shift they choose, Escape takes all back', async () => {
  const mounted = table()
  const boxes = mounted.findAll<HTMLInputElement>('tbody input')
  boxes[0]?.element.focus()
  await boxes[0]?.trigger('keydown', { key: 'ArrowDown', shiftKey: true })
  expect(document.activeElement).toBe(boxes[1]?.element)
  expect(mounted.props('modelValue')).toEqual(['a', 'b'])
  await boxes[1]?.trigger('keydown', { key: 'End' })
  expect(document.activeElement).toBe(boxes[2]?.element)
  expect(mounted.props('modelValue')).toEqual(['a', 'b'])
  await boxes[2]?.trigger('keydown', { key: 'a', ctrlKey: true })
  expect(mounted.props('modelValue')).toEqual(['a', 'b', 'd'])
  await boxes[2]?.trigger('keydown', { key: 'Escape' })
  expect(mounted.props('modelValue')).toEqual([])
})

test('a refused row says who was earlier and when', () => {
  const current = { status_label: '领事司审核中', changed_by: '湖南省人民政府外事办公室', changed_at: '2026-11-29T02:00:00Z' }
  const outcome = mount(RowOutcome, { props: { state: { outcome: 'refused', message: '操作无效', current } } })
  expect(outcome.text()).toBe('未完成操作无效湖南省人民政府外事办公室于2026-11-29 10:00:00已处理，当前状态：领事司审核中')
  expect(mount(RowOutcome, { props: { state: { outcome: 'unchanged' } } }).text()).toBe('无变化')
})

test('pasted lines become cells, whatever separates them', () => {
  expect(pastedCells('a\tb c\t\r\n\r\n ａ，b ；c\n')).toEqual([
    { line: 1, cells: ['a', 'b c', ''] },
    { line: 3, cells: ['a', 'b', 'c'] },
  ])
  expect(inParts([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]])
})

test('lines that cannot be read stay in the box with the reason', async () => {
  const taken: string[] = []
  const box = mount(PasteBox, { props: { name: 'p', label: '粘贴', take: ([first]: readonly string[]) => (first === 'x' ? '无法读取' : (taken.push(first ?? ''), null)) } })
  await box.get('textarea').setValue('1\ta\nx\tb\n2\tc')
  await box.get('button').trigger('click')
  expect(taken).toEqual(['1', '2'])
  expect(box.get('textarea').element.value).toBe('x\tb')
  expect(box.get('li').text()).toBe('第1行：无法读取')
  expect(box.get('[role=status]').text()).toBe('已填入2行')
})

test('a batch says what it will do and leave alone, and then what became of each row', async () => {
  const rows = [{ key: 'a', label: 'A', about: '甲', status: '外办审核中' }, { key: 'b', label: 'B', about: '乙', status: '已撤回', without: '不能处理' }]
  const dialog = mount(BatchDialog, { attachTo: document.body, props: { open: true, title: '审核通过', rows } })
  await nextTick()
  expect(dialog.get('p').text()).toBe('将对1项执行：审核通过（另有1项不处理）')
  await dialog.findAll('.actions button')[1]?.trigger('click')
  expect(dialog.emitted('confirm')).toHaveLength(1)
  await dialog.setProps({ results: new Map<string, RowState>([['a', { outcome: 'applied' }]]) })
  expect(dialog.get('[role=status]').text()).toBe('已完成1项，无变化0项，未完成0项')
  expect(dialog.findAll('tbody tr').map((row) => row.findAll('td')[3]?.text())).toEqual(['已完成', '不能处理'])
})

test('filters are sent together or taken back', async () => {
  const bar = mount(FilterBar, { props: { label: '筛选条件' }, attachTo: document.body })
  await bar.get('form').trigger('submit')
  await bar.get('button[type=button]').trigger('click')
  expect([bar.emitted('search')?.length, bar.emitted('reset')?.length]).toEqual([1, 1])
})

test('a workbook names the rows that were not recorded', () => {
  const result = { applied: 3, unchanged: 1, unfilled: 2, failed: [{ row: 7, person_number: null, message: '人员申请单号：必填', current: null }] }
  const box = mount(WorkbookBox, { props: { name: 'w', label: '表', result } })
  expect(box.get('[role=status]').text()).toBe('录入3行，无变化1行，未填写2行，未完成1行')
  expect(box.get('tbody tr').text()).toContain('人员申请单号：必填')
})

test('whoever leaves unsaved entries is asked first, and stays unless told otherwise', async () => {
  const dialog = mount(LeavingDialog, { attachTo: document.body, props: { open: true, count: 2 } })
  await nextTick()
  expect(dialog.text()).toContain('2行录入后尚未保存，离开后将丢失。')
  const [stay, leave] = dialog.findAll('.actions button')
  await stay?.trigger('click')
  await leave?.trigger('click')
  expect(dialog.emitted('answer')).toEqual([[false], [true]])
})

test('a letter is made once, and the list of cards is offered where there are cards', async () => {
  const asked: string[] = []
  let finish: () => void = () => undefined
  const make = (kind: string) => new Promise<{ url: string; filename: string }>((resolve) => {
    asked.push(kind)
    finish = () => resolve({ url: 'about:blank', filename: 'a.pdf' })
  })
  const part = mount(LettersPart, { props: { kinds: ['application_form', 'receipt'], help: '已遮盖', make } })
  const [form, receipt] = part.findAll('button')
  expect(part.findAll('button').map((button) => button.text())).toEqual(['申请表', '回执'])
  await form?.trigger('click')
  await receipt?.trigger('click')
  expect(asked).toEqual(['application_form'])
  finish()
  await nextTick()
  await nextTick()
  await receipt?.trigger('click')
  expect(asked).toEqual(['application_form', 'receipt'])
  expect([hasCards([{ card_valid_until: null }]), hasCards([{ card_valid_until: null }, { card_valid_until: '2031-11-20' }])]).toEqual([false, true])
})

test('what is below a loading list waits for its rows, an error, or the next page, and not for a sample', async () => {
  const mounted = mount(LoadedPart, { props: { loading: true } })
  const sample = mount(LoadedPart, { props: { loading: true, sample: true } })
  expect(loadingLists.value).toBe(1)
  await mounted.setProps({ problem: new Error('503') })
  expect(loadingLists.value).toBe(0)
  await mounted.setProps({ problem: null })
  expect(loadingLists.value).toBe(1)
  await mounted.setProps({ loading: false })
  expect(loadingLists.value).toBe(0)
  await mounted.setProps({ loading: true })
  mounted.unmount()
  expect(loadingLists.value).toBe(0)
  sample.unmount()
})
