import { beforeEach, expect, test } from 'vitest'

import { language } from '../../words/language'
import { draftOf, forget, isWritten, ofOnePerson, reasonOf, tick, withPhrase } from './returns'

const NUMBER = 'APEC20261129000001'

beforeEach(() => {
  language.value = 'zh'
  forget(NUMBER)
})

test('a return is kept until it is sent', () => {
  tick(draftOf(NUMBER), 'reason')
  draftOf(NUMBER).ticks['reason'] = '请写明行程'
  expect(draftOf(NUMBER).ticks).toEqual({ reason: '请写明行程' })
  expect(isWritten()).toBe(true)
  forget(NUMBER)
  expect(isWritten()).toBe(false)
})

test('a second tick takes the field and its text out', () => {
  const draft = draftOf(NUMBER)
  tick(draft, 'reason')
  tick(draft, 'reason')
  expect(draft.ticks).toEqual({})
})

test('the reason has a line for each field, a general request where nothing is said, and the remark', () => {
  const draft = { ticks: { 'persons.0.title': '与社保不一致', reason: '' }, remark: '  请尽快  ' }
  expect(reasonOf(draft, (path) => (path === 'reason' ? '申请事由' : '第1人 职务'))).toBe('第1人 职务：与社保不一致\n申请事由：请核对并修改\n请尽快')
})

test('the return of one person names its fields from the person on', () => {
  const draft = { ticks: { reason: 'a', 'persons.1.title': 'b', 'persons.10.title': 'c' }, remark: '' }
  expect(ofOnePerson(draft, 1).ticks).toEqual({ title: 'b' })
})

test('phrases are put together and taken out again', () => {
  expect(withPhrase('', '照片不清晰')).toBe('照片不清晰')
  expect(withPhrase('照片不清晰', '背景须为白色')).toBe('照片不清晰；背景须为白色')
  expect(withPhrase('照片不清晰；背景须为白色', '照片不清晰')).toBe('背景须为白色')
})
