/** What the answer of a travel check says of all its persons together. */
import type { EconomyTravel, TravellerReply } from '../../api/schema'

const WAITING = new Set<EconomyTravel['reason']>(['UNDER_REVIEW', 'PENDING', 'NO_CARD', 'CARD_NOT_ISSUED'])

/** The sign before the words of a cell. */
export const SIGNS = { may: '✓', waiting: '…', not: '✕' } as const

/** What to do first, and for whom: each entry names persons and the economies that it is about. */
export interface FirstStep {
  text: string
  entries: { persons: string[]; economies: string[] }[]
}

/** The economies of the answer in the order of the request, with how long a stay may be. */
export function economiesOf(travellers: readonly TravellerReply[]): EconomyTravel[] {
  return travellers.find(({ economies }) => economies.length)?.economies ?? []
}

/** How a cell is shown: what is only being waited for is no refusal. */
export function outlookOf({ may_go, reason }: EconomyTravel): 'may' | 'waiting' | 'not' {
  if (may_go) return 'may'
  return reason !== null && WAITING.has(reason) ? 'waiting' : 'not'
}

/** How many persons may go to every economy of the answer. */
export function readyOf(travellers: readonly TravellerReply[]): number {
  return travellers.filter(({ economies }) => economies.length && economies.every(({ may_go }) => may_go)).length
}

/** The first steps in the order of the persons; persons with the same economies stand together. */
export function stepsOf(travellers: readonly TravellerReply[]): FirstStep[] {
  const steps = new Map<string, Map<string, { persons: string[]; economies: string[] }>>()
  for (const traveller of travellers) {
    const own = new Map<string, string[]>()
    for (const { first_step_text, name } of traveller.economies) {
      if (first_step_text) own.set(first_step_text, [...(own.get(first_step_text) ?? []), name])
    }
    for (const [text, economies] of own) {
      const entries = steps.get(text) ?? new Map<string, { persons: string[]; economies: string[] }>()
      const entry = entries.get(economies.join()) ?? { persons: [], economies }
      entry.persons.push(traveller.name ?? traveller.person_number)
      steps.set(text, entries.set(economies.join(), entry))
    }
  }
  return [...steps].map(([text, entries]) => ({ text, entries: [...entries.values()] }))
}
