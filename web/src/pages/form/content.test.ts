import { expect, test } from 'vitest'

import type { GroupCorrection } from '../../api/schema'
import { copyOf, fromCorrection, fromDraft, newPerson, placeOf, toDraft } from './content'

test('every error has its place in the form', () => {
  expect(placeOf('content.persons.1.title')).toEqual({ field: 'persons.1.title', step: 'persons', person: 1 })
  expect(placeOf('content.persons.0.attachments.5')).toEqual({ field: 'persons.0.attachments', step: 'files', person: 0 })
  expect(placeOf('attachments')).toEqual({ field: 'attachments', step: 'files', person: null })
  expect(placeOf('pickup.address').step).toBe('payment')
  expect(placeOf('invoice_profile_id').step).toBe('payment')
  expect(placeOf('persons').step).toBe('persons')
  expect(placeOf('office').step).toBe('group')
})

test('a copied person has nothing that is personal', () => {
  const person = { ...newPerson({ name: '测试甲', id_number: '1', passport_number: 'E1', title: '经理', first_time: true }), attachments: [{ id: 'a', kind: 'photo', filename: 'a.jpg' }] }
  expect(copyOf(person)).toMatchObject({ name: null, id_number: null, passport_number: null, title: '经理', first_time: true, attachments: [] })
})

test('what was emptied again is not filled in', () => {
  const nothing = { group_name: null, office: null, contact: null, contact_phone: null, contact_email: null, reason: null, invoice_profile_id: null, pickup: null, persons: [], attachments: [] }
  const content = fromDraft(nothing)
  content.group_name = ''
  content.pickup.method = ''
  expect(toDraft(content)).toEqual(nothing)
})

test('a file that several persons share stays one file of each', () => {
  const photo = { id: 'a', kind: 'photo', filename: 'a.jpg' }
  const group = { group_name: null, office: 'fao-hunan', contact: null, contact_phone: null, contact_email: null, reason: null, invoice_profile_id: null }
  const persons = ['1', '2', '3'].map((id_number) => ({ id_number, attachments: ['a'] }))
  const content = fromCorrection({ ...group, pickup: {}, persons, attachments: [] } as unknown as GroupCorrection, [photo, photo, photo])
  expect(toDraft(content).persons?.map(({ attachments }) => attachments)).toEqual([['a'], ['a'], ['a']])
})
