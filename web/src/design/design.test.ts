import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { nextTick } from 'vue'

import { ApiProblem } from '../api/problem'
import ActionButton from './ActionButton.vue'
import AttachmentList from './AttachmentList.vue'
import ConfirmDialog from './ConfirmDialog.vue'
import DateField from './DateField.vue'
import ErrorSummary from './ErrorSummary.vue'
import { useForm } from './form'
import LifeSteps from './LifeSteps.vue'
import PasswordField from './PasswordField.vue'
import StatusTag from './StatusTag.vue'
import { toneOf } from './status'
import Steps from './Steps.vue'
import TextField from './TextField.vue'
import { dismiss, toast, toasts } from './toast'

test('a field names its control by the error path, and says help and error to screen readers', () => {
  const field = mount(TextField, { props: { modelValue: '', name: 'persons.1.title', label: '职务', help: '与名片一致', error: '必填', required: true } })
  const input = field.get('input')
  expect(input.attributes()).toMatchObject({ id: 'field-persons-1-title', name: 'persons.1.title', 'aria-invalid': 'true', 'aria-describedby': 'field-persons-1-title-help field-persons-1-title-error' })
  expect(field.get('label').attributes('for')).toBe('field-persons-1-title')
})

test('a button that shows a password is named by what it does, without a pressed state', async () => {
  const field = mount(PasswordField, { props: { modelValue: 'secret', name: 'password', label: '密码', autocomplete: 'new-password' } })
  const button = field.get('button')
  expect([button.text(), button.attributes('aria-label'), field.get('input').attributes('type')]).toEqual(['显示', '显示 密码', 'password'])
  await button.trigger('click')
  expect([button.text(), button.attributes('aria-label'), field.get('input').attributes('type')]).toEqual(['隐藏', '隐藏 密码', 'text'])
  expect(button.attributes('aria-pressed')).toBeUndefined()
})

test('a busy button does nothing', async () => {
  const button = mount(ActionButton, { props: { busy: true }, slots: { default: '提交' } })
  await button.trigger('click')
  expect(button.emitted('click')).toBeUndefined()
  await button.setProps({ busy: false })
  await button.trigger('click')
  expect(button.emitted('click')).toHaveLength(1)
})

test('a pasted date is understood, and what is none stays for the server to refuse', async () => {
  const field = mount(DateField, { props: { modelValue: null, name: 'day', label: '有效期至' } })
  for (const [typed, value] of [['2034年1月2日', '2034-01-02'], ['soon', 'soon'], ['', null]] as const) {
    await field.get('input').setValue(typed)
    await field.get('input').trigger('change')
    expect(field.emitted('update:modelValue')?.pop()).toEqual([value])
  }
})

test('a line of the summary leads to its field', async () => {
  const page = document.createElement('div')
  document.body.append(page)
  const field = mount(TextField, { attachTo: page, props: { modelValue: '', name: 'contact', label: '联系人' } })
  const summary = mount(ErrorSummary, { attachTo: document.body, props: { message: '请检查', errors: [{ field: 'contact', message: '必填' }] } })
  await nextTick()
  expect(document.activeElement).toBe(summary.get('[role=alert]').element)
  await summary.get('a').trigger('click')
  expect(document.activeElement).toBe(field.get('input').element)
})

test('a question is answered by 确定 or 取消', async () => {
  const dialog = mount(ConfirmDialog, { attachTo: document.body, props: { open: true, title: '删除草稿', text: '是否删除？' } })
  await nextTick()
  const [, cancel, ok] = dialog.findAll('button')
  expect([cancel?.text(), ok?.text()]).toEqual(['取消', '确定'])
  await ok?.trigger('click')
  await cancel?.trigger('click')
  expect([dialog.emitted('confirm')?.length, dialog.emitted('close')?.length]).toEqual([1, 1])
})

test('the open step is marked for screen readers', () => {
  const steps = mount(Steps, { props: { steps: ['一', '二', '三'], current: 1, label: '步骤' } })
  expect(steps.findAll('li').map((step) => step.attributes('aria-current'))).toEqual([undefined, 'step', undefined])
})

test('a status has a tone and keeps its word', () => {
  expect(['FAO_RETURNED', 'CARD_ISSUED', 'REFUSED', 'UNHEARD_OF'].map(toneOf)).toEqual(['warn', 'good', 'bad', 'neutral'])
  expect(mount(StatusTag, { props: { tone: 'warn' }, slots: { default: '外办退回修改' } }).text()).toBe('外办退回修改')
})

test('a form runs one act at a time, and a refusal becomes errors of its fields', async () => {
  const form = useForm({ name: '' })
  const errors = [{ field: 'name', code: 'missing' as const, message: '必填' }]
  const refused = form.submit(() => Promise.reject(new ApiProblem({ message: '请检查', errors })))
  expect(await form.submit(() => Promise.resolve())).toBe(false)
  expect(await refused).toBe(false)
  expect([form.message.value, form.errorOf('name')]).toEqual(['请检查', '必填'])
  form.values.name = '测试甲'
  expect(form.isChanged.value).toBe(true)
  expect(await form.submit(() => Promise.resolve())).toBe(true)
  expect(form.errorOf('name')).toBeUndefined()
})

test('a toast can be dismissed', () => {
  toast('已保存')
  const [shown] = toasts.value
  expect(shown?.text).toBe('已保存')
  dismiss(shown?.id ?? 0)
  expect(toasts.value).toEqual([])
})

test('the step at which something is now is said to screen readers, and each step says how far it is', () => {
  const steps = mount(LifeSteps, {
    props: { label: '办理进度', steps: [{ name: '提交申请', state: 'done', note: '2026-11-29' }, { name: '外办审核', state: 'stopped' }, { name: '领事司审核', state: 'coming' }] },
  })
  expect(steps.findAll('li').map((step) => step.text())).toEqual(['提交申请（已完成）2026-11-29', '外办审核（已停止）', '领事司审核（未开始）'])
  expect(steps.findAll('[aria-current=step]').map((step) => step.text())).toEqual(['外办审核（已停止）'])
})

test('only a file that is accepted can be opened, others say how far they are', () => {
  const file = { id: 'a', kind: 'photo' as const, kind_label: '照片', filename: '照片.jpg', content_type: 'image/jpeg', size: 2_000_000, state: 'accepted' as const, state_label: '可用', scan: null }
  const files = mount(AttachmentList, {
    props: { files: [file, { ...file, id: 'b', state: 'unfit' as const, state_label: '内容与文件类型不符' }], address: () => Promise.resolve('/a') },
  })
  const [open, unfit] = files.findAll('li')
  expect(open?.text()).toBe('照片照片.jpg · 1.9 MB查看')
  expect(unfit?.find('button').exists()).toBe(false)
  expect(unfit?.text()).toContain('内容与文件类型不符')
})
