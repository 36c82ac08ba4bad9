/**
 * The filters of the lists. What names no person stands in the address, so that a list can be kept and shared; names,
 * numbers and passports stay in the state of the browser's history, which goes to no server log and no other person.
 */
import type { LocationQuery } from 'vue-router'

import type { Search } from '../../api/schema'

export const SERVICES = ['new_or_renewal', 'early_card', 'replace_card', 'change_passport', 'cancel_card'] as const
export const SUB_SERVICES = SERVICES.slice(1)
export type Service = (typeof SERVICES)[number]

export interface Filters {
  service: Service
  /** 申请单号/申请人, one field as in the guides. */
  text: string
  passport_number: string
  status: string | null
  available_service: string | null
  agent_id: string | null
}

interface Kept {
  text?: string
  passport_number?: string
}

/** The filters of an address and its history entry. */
export function readFilters(query: LocationQuery, kept: Kept): Filters {
  const one = (name: string): string | null => (typeof query[name] === 'string' ? query[name] : null)
  const asked = one('service')
  const service = SERVICES.find((known) => known === asked) ?? 'new_or_renewal'
  const isNew = service === 'new_or_renewal'
  return {
    service,
    text: kept.text ?? '',
    passport_number: kept.passport_number ?? '',
    status: one('status'),
    available_service: isNew ? (SUB_SERVICES.find((known) => known === one('available_service')) ?? null) : null,
    agent_id: one('agent_id'),
  }
}

/** The part of the filters that stands in the address. */
export function asQuery({ service, status, available_service, agent_id }: Filters): Record<string, string> {
  const shown = { service: service === 'new_or_renewal' ? null : service, status, available_service, agent_id }
  return Object.fromEntries(Object.entries(shown).filter((entry): entry is [string, string] => Boolean(entry[1])))
}

/** Where the list with these filters is: its address, and what the history keeps. */
export function placeOf(filters: Filters): { query: Record<string, string>; state: { filters: Required<Kept> } } {
  return { query: asQuery(filters), state: { filters: { text: filters.text, passport_number: filters.passport_number } } }
}

/** The body of the search: a text with digits or latin letters only is a number, another one a name. */
export function asSearch(filters: Filters): Search {
  const text = filters.text.trim()
  const isNumber = /^[A-Za-z]*[\d-]+$/.test(text.normalize('NFKC'))
  return {
    service: filters.service,
    number: text && isNumber ? text : null,
    applicant: text && !isNumber ? text : null,
    passport_number: filters.passport_number.trim() || null,
    status: filters.status as Search['status'],
    available_service: filters.available_service as Search['available_service'],
    agent_id: filters.agent_id,
    limit: 10,
  }
}
