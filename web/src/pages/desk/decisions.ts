/** What an officer decides, with the key of each decision. */
import type { ActionOffer } from '../../api/schema'
import type { Word } from './words'

export type Decision = 'pass' | 'return' | 'reject' | 'reopen'

interface Button {
  action: Decision
  key: string
  kind: 'primary' | 'plain' | 'danger'
}

export const BUTTONS: readonly Button[] = [
  { action: 'pass', key: '1', kind: 'primary' },
  { action: 'return', key: '2', kind: 'plain' },
  { action: 'reject', key: '3', kind: 'danger' },
  { action: 'reopen', key: '4', kind: 'plain' },
]

export const REVEAL_KEY = '5'
export const ACCEPT_KEY = '6'
export const SEND_BACK_KEY = '7'
export const LETTERS_KEY = '8'
export const CHANGES_KEY = '9'

/** What the page says when a decision is made. */
export const DONE: Record<Decision, Word> = { pass: 'donePass', return: 'doneReturn', reject: 'doneReject', reopen: 'doneReopen' }

/** The buttons of the decisions that the server offers now. */
export function offered(offers: readonly ActionOffer[]): { button: Button; offer: ActionOffer }[] {
  return BUTTONS.flatMap((button) => {
    const offer = offers.find(({ action }) => action === button.action)
    return offer ? [{ button, offer }] : []
  })
}
