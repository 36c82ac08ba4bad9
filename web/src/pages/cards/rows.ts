/** Persons and follow-up applications on the way to their card. */
import type { ActionOffer, CardReply, OfficeRow, OfficeSearch } from '../../api/schema'
import type { TableRow } from '../../design/table'
import { readDate } from '../../words/dates'

/** The tabs in the order of the work, with the event that a workbook of it records. */
export const TABS = [
  { code: 'done', search: { status: 'ECONOMY_DONE' }, event: 'making' },
  { code: 'early', search: { status: 'CONSULAR_APPROVED', service: 'early_card' }, event: null },
  { code: 'replace', search: { status: 'CONSULAR_APPROVED', service: 'replace_card' }, event: null },
  { code: 'making', search: { status: 'CARD_MAKING' }, event: 'made' },
  { code: 'made', search: { status: 'CARD_MADE' }, event: 'issued' },
  { code: 'issued', search: { status: 'CARD_ISSUED' }, event: 'cancelled' },
] as const satisfies readonly { code: string; search: Partial<OfficeSearch>; event: string | null }[]
export type Tab = (typeof TABS)[number]

export const ACTS = ['make_card', 'card_made', 'issue_card', 'cancel_card'] as const
export type Act = (typeof ACTS)[number]

export interface CardRow extends TableRow {
  application: string
  /** Whether this is a follow-up application, whose steps go by its own offers. */
  isService: boolean
  name: string
  passport: string
  enterprise: string
  office: string
  service: string
  status: string
  statusLabel: string
  days: number | null
  card: CardReply | null
  offers: readonly ActionOffer[]
}

export function rowsOf(items: readonly OfficeRow[]): CardRow[] {
  return items.flatMap((application): CardRow[] => {
    const shared = { application: application.number, enterprise: application.enterprise_name, office: application.office_name, service: application.tag, selectable: true }
    const isService = application.service !== 'new_or_renewal'
    return application.persons.map((person) => ({
      ...shared,
      key: isService ? application.number : person.number,
      label: isService ? application.number : person.number,
      isService,
      name: person.name,
      passport: person.passport_number,
      status: person.status,
      statusLabel: person.status_label,
      days: person.days_waiting,
      card: person.card,
      offers: isService ? application.allowed_actions : person.allowed_actions,
    }))
  })
}

export function offerOn(row: CardRow, act: Act): ActionOffer | undefined {
  return row.offers.find(({ action }) => action === act)
}

/** What is printed on a card that was made. */
export interface Made {
  card_number: string
  valid_until: string
}

/** A pasted line: number of the person or application, card number and last day. What cannot be read is null. */
export function readMade(cells: readonly string[]): { key: string; made: Made } | null {
  const [number = '', card = '', day = ''] = cells
  const key = number.toUpperCase()
  return /^APEC\d{14}(-\d{2})?$/.test(key) && card ? { key, made: { card_number: card, valid_until: readDate(day) } } : null
}
