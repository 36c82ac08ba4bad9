import { expect, test } from 'vitest'

import { asSearch } from './enterpriseSearch'

test('four or more characters that begin a code are a code, also in groups or in full width', () => {
  for (const typed of ['91430100MA4L16JQ9B', ' 91430100 MA4L16JQ9B ', '９１４３０１００ＭＡ４Ｌ１６ＪＱ９Ｂ', '9143', '91430100', '9143-0100-ma4l']) {
    expect(asSearch(typed)).toMatchObject({ name: null, uscc: typed.trim() })
  }
})

test('everything else is a part of the name', () => {
  expect(asSearch(' 贸易 ')).toMatchObject({ name: '贸易', uscc: null })
  for (const typed of ['360', '58同城', '914', 'TCL', 'ANTA', '2020科技', '91430100MA4L16JQ9B1']) expect(asSearch(typed)).toMatchObject({ name: typed, uscc: null })
  expect(asSearch('  ')).toMatchObject({ name: null, uscc: null })
})
