/** How a status looks; its word comes from the server and always stands beside the colour. */
export type Tone = 'neutral' | 'progress' | 'good' | 'warn' | 'bad'

const TONES: Record<string, Tone> = {
  FAO_REVIEW: 'progress',
  CONSULAR_REVIEW: 'progress',
  ECONOMY_REVIEW: 'progress',
  CARD_MAKING: 'progress',
  FAO_RETURNED: 'warn',
  CONSULAR_RETURNED: 'warn',
  FAO_REJECTED: 'bad',
  CONSULAR_REJECTED: 'bad',
  REFUSED: 'bad',
  CONSULAR_APPROVED: 'good',
  ECONOMY_DONE: 'good',
  CARD_MADE: 'good',
  CARD_ISSUED: 'good',
  COMPLETED: 'good',
}

/** The tone of a status; `neutral` for those that are over and for ones that this page does not know yet. */
export function toneOf(status: string): Tone {
  return TONES[status] ?? 'neutral'
}
