import { expect, test } from 'vitest'

import type { EconomyTravel, TravellerReply } from '../../api/schema'
import { economiesOf, outlookOf, readyOf, stepsOf } from './travellers'

function economy(name: string, step: string | null): EconomyTravel {
  return { code: 'SGP', name, may_go: step === null, until: null, stay_days: 60, reason: null, reason_text: step && '…', first_step: null, first_step_text: step, before: null }
}

function traveller(place: number, economies: EconomyTravel[]): TravellerReply {
  return { person_number: `APEC20261129000001-0${place}`, code: null, message: null, name: `测试${place}`, economies }
}

const GROUP = [
  traveller(1, [economy('新加坡', '请领取'), economy('日本', '请签证')]),
  traveller(2, [economy('新加坡', '请领取'), economy('日本', '请领取')]),
  traveller(3, [economy('新加坡', null), economy('日本', null)]),
  traveller(4, [economy('新加坡', '请领取'), economy('日本', '请签证')]),
]

test('persons who have to do the same first for the same economies stand together', () => {
  expect(stepsOf(GROUP)).toEqual([
    { text: '请领取', entries: [{ persons: ['测试1', '测试4'], economies: ['新加坡'] }, { persons: ['测试2'], economies: ['新加坡', '日本'] }] },
    { text: '请签证', entries: [{ persons: ['测试1', '测试4'], economies: ['日本'] }] },
  ])
})

test('what is still to be decided or handed out is waited for; a refusal is final', () => {
  const outlooks = (['PENDING', 'CARD_NOT_ISSUED', 'REFUSED', 'STAY_TOO_LONG'] as const).map((reason) => outlookOf({ ...economy('新加坡', '…'), reason }))
  expect(outlooks).toEqual(['waiting', 'waiting', 'not', 'not'])
  expect(outlookOf(economy('新加坡', null))).toBe('may')
})

test('only who may go everywhere is ready, and an unknown person is not', () => {
  const unknown: TravellerReply = { person_number: 'APEC20261129000001-09', code: 'NOT_FOUND', message: '…', name: null, economies: [] }
  expect(readyOf([unknown, ...GROUP])).toBe(1)
  expect(economiesOf([unknown, ...GROUP]).map(({ name }) => name)).toEqual(['新加坡', '日本'])
  expect(economiesOf([unknown])).toEqual([])
})
