import { expect, test } from 'vitest'

import { inWords, pathInWords } from './fields'

test.each([
  ['reason', '申请事由'],
  ['persons.1.title', '第2人 职务'],
  ['persons.41', '第42人'],
  ['persons.0.photo', '第1人 照片'],
  ['persons.0.attachments.2', '第1人 材料'],
  ['pickup.address', '地址'],
])('%s is %s', (path, shown) => {
  expect(pathInWords(path, [{ code: 'photo', name: '照片' }])).toBe(shown)
})

test('a message has the person in front, and equal ones are shown once', () => {
  const found = [
    { field: 'persons.1.title', message: '职务：必填' },
    { field: 'attachments.0', message: '材料：无法识别' },
    { field: 'attachments.1', message: '材料：无法识别' },
  ]
  expect(inWords(found)).toEqual(['第2人 职务：必填', '材料：无法识别'])
})
