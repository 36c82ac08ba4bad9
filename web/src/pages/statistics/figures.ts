/** Sums of the numbers of offices, for tables of months, offices and fields. */
import type { FieldOfReturns, MonthOfOffice, Party } from '../../api/schema'

export interface Decided {
  passed: number
  returned: number
  rejected: number
}

export interface Row {
  key: string
  name: string
  submitted: number
  persons: number
  fao: Decided
  consular: Decided
}

export interface FieldRow {
  key: string
  name: string
  fao: number
  consular: number
}

/** The share of returns among decisions, 0 to 1; null without a decision. */
export function shareOf({ passed, returned, rejected }: Decided): number | null {
  const all = passed + returned + rejected
  return all ? returned / all : null
}

/** A row for each month, oldest first. */
export function byMonth(items: readonly MonthOfOffice[]): Row[] {
  return summed(items, ({ month }) => month, ({ month }) => month).sort((one, other) => one.key.localeCompare(other.key))
}

/** A row for each office, the most applications first. */
export function byOffice(items: readonly MonthOfOffice[]): Row[] {
  return summed(items, ({ office }) => office, ({ office_name }) => office_name).sort((one, other) => other.submitted - one.submitted)
}

/** A row for each field that returns named, the most frequent first. */
export function byField(fields: readonly FieldOfReturns[]): FieldRow[] {
  const rows = new Map<string, FieldRow>()
  for (const { field, label, desk, returns } of fields) {
    const row = rows.get(field) ?? { key: field, name: label, fao: 0, consular: 0 }
    if (desk === 'fao') row.fao += returns
    else row.consular += returns
    rows.set(field, row)
  }
  return [...rows.values()].sort((one, other) => other.fao + other.consular - one.fao - one.consular)
}

/** The months that can be chosen, the newest first: `2026-11` and those before it. */
export function monthsBefore(last: string, count: number): string[] {
  const [year = 0, month = 1] = last.split('-').map(Number)
  return Array.from({ length: count }, (_, back) => {
    const number = year * 12 + month - 1 - back
    return `${Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, '0')}`
  })
}

function summed(items: readonly MonthOfOffice[], keyOf: (item: MonthOfOffice) => string, nameOf: (item: MonthOfOffice) => string): Row[] {
  const rows = new Map<string, Row>()
  for (const item of items) {
    const key = keyOf(item)
    const row = rows.get(key) ?? { key, name: nameOf(item), submitted: 0, persons: 0, fao: none(), consular: none() }
    row.submitted += item.submitted
    row.persons += item.persons
    add(row.fao, item, 'fao')
    add(row.consular, item, 'consular')
    rows.set(key, row)
  }
  return [...rows.values()]
}

function add(to: Decided, item: MonthOfOffice, desk: Party): void {
  const found = item.desks.find((each) => each.desk === desk)
  to.passed += found?.passed ?? 0
  to.returned += found?.returned ?? 0
  to.rejected += found?.rejected ?? 0
}

function none(): Decided {
  return { passed: 0, returned: 0, rejected: 0 }
}
