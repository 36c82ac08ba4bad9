import { expect, test } from 'vitest'

import { daysSince, readDate, shownDay, shownTime } from './dates'

test('a time is shown as of China', () => {
  expect(shownTime('2026-11-28T16:05:09Z')).toBe('2026-11-29 00:05:09')
  expect(shownTime('2026-11-28T16:05:09.123456Z')).toBe('2026-11-29 00:05:09')
})

test.each(['20340102', '2034/1/2', '2034-01-02', '2034.1.2', '2034年1月2日', ' 2034 年 01 月 02 日 ', '２０３４０１０２'])(
  '%s is a date',
  (text) => {
    expect(readDate(text)).toBe('2034-01-02')
  },
)

test.each(['', '2034', '2034-02-30', '20341301', 'soon'])('%s stays as it was typed', (text) => {
  expect(readDate(text)).toBe(text)
})

test('days are counted by the calendar of China', () => {
  expect(shownDay('2026-11-28T16:00:00Z')).toBe('2026-11-29')
  expect(daysSince('2026-11-28T15:59:59Z', new Date('2026-11-28T16:00:00Z'))).toBe(1)
  expect(daysSince('2026-11-28T16:00:00Z', new Date('2026-11-29T15:59:59Z'))).toBe(0)
})
