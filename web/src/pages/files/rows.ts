/** The applications of a list and their persons as rows of one table. */
import type { ActionOffer, OfficePersonRow, OfficeRow, OfficeSearch } from '../../api/schema'
import type { TableRow } from '../../design/table'

export const DECISIONS = ['pass', 'return', 'reject', 'reopen'] as const
export type Decision = (typeof DECISIONS)[number]

export interface FileRow extends TableRow {
  application: OfficeRow
  /** The person of a row that is about one; null for the application as a whole. */
  person: OfficePersonRow | null
}

/** The rows of a list. 全选 takes an application that fits as a whole, or else those of its persons that fit. */
export function rowsOf(items: readonly OfficeRow[], body: OfficeSearch): FileRow[] {
  return items.flatMap((application) => {
    const isGroup = application.service === 'new_or_renewal'
    const namesPersons = Boolean(body.applicant ?? body.passport_number)
    const isWhole = (!body.status || body.status === application.status) && !(isGroup && namesPersons)
    const row: FileRow = { key: application.number, label: application.number, application, person: null, selectable: decisionsOf(application.allowed_actions).length > 0, inAll: isWhole }
    if (!isGroup) return [row]
    const persons = application.persons.map((person): FileRow => ({
      key: person.number, label: person.number, application, person, selectable: decisionsOf(person.allowed_actions).length > 0, inAll: !(isWhole && row.selectable), part: true,
    }))
    return [row, ...persons]
  })
}

/** The offers of decisions among those of a row. */
export function decisionsOf(offers: readonly ActionOffer[]): ActionOffer[] {
  return offers.filter(({ action }) => DECISIONS.some((decision) => decision === action))
}

/** The offer of one decision on a row, if there is one. */
export function offerOn(row: FileRow, decision: Decision): ActionOffer | undefined {
  return (row.person ?? row.application).allowed_actions.find(({ action }) => action === decision)
}
