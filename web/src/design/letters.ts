/** The letters that an application can have; who gets which is a matter of the page. */
export type Letter = 'application_form' | 'receipt' | 'submission_receipt' | 'decision_receipt' | 'official_letter' | 'card_list'

/** Whether there are cards to list. */
export function hasCards(persons: readonly { card_valid_until: string | null }[]): boolean {
  return persons.some(({ card_valid_until }) => card_valid_until !== null)
}
