/**
 * An officer's list: filters in the address, pages that are read on. Names, numbers and passports of persons and
 * enterprises stay in the state of the browser's history, which goes to no server log.
 */
import type { InfiniteData, UseInfiniteQueryReturnType } from '@tanstack/vue-query'
import { computed, reactive, watch, type ComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQuery, type RouteLocationRaw } from 'vue-router'

import { answered, api } from './client'
import { usePages } from './pages'
import { ApiProblem } from './problem'
import type { OfficeRow, OfficeRows, OfficeSearch } from './schema'

const KEPT = ['number', 'applicant', 'passport_number', 'enterprise'] as const
const SHOWN = ['service', 'status', 'submitted_from', 'submitted_to', 'waiting_longer_than', 'order'] as const

type Kept = Record<(typeof KEPT)[number], string>
/** What is typed; `enterprise` is a part of its name or its whole USCC. */
export type OfficeFilters = Kept & Record<(typeof SHOWN)[number], string | null>

/** The filters of an address and its history entry. */
export function readFilters(query: LocationQuery, kept: Partial<Kept>): OfficeFilters {
  const one = (name: string): string | null => (typeof query[name] === 'string' && query[name] ? query[name] : null)
  const shown = Object.fromEntries(SHOWN.map((name) => [name, one(name)]))
  return { ...Object.fromEntries(KEPT.map((name) => [name, kept[name] ?? ''])), ...shown } as OfficeFilters
}

/** The part of the filters that stands in the address; the oldest come first unless it says otherwise. */
export function asQuery(filters: OfficeFilters): Record<string, string> {
  const shown = SHOWN.map((name) => [name, filters[name]] as const)
  return Object.fromEntries(shown.filter((entry): entry is [(typeof SHOWN)[number], string] => Boolean(entry[1]) && entry[1] !== 'oldest'))
}

/** The body of a search; `waiting_longer_than` that is no number goes as it is, so that the server names the field. */
export function asSearch(filters: OfficeFilters): OfficeSearch {
  const text = (name: (typeof KEPT)[number]): string | null => filters[name].trim() || null
  const enterprise = text('enterprise')
  const isCode = enterprise !== null && /^[0-9A-Za-z]{18}$/.test(enterprise.normalize('NFKC'))
  const days = filters.waiting_longer_than?.normalize('NFKC').trim()
  return {
    number: text('number'),
    applicant: text('applicant'),
    passport_number: text('passport_number'),
    enterprise: isCode ? null : enterprise,
    uscc: isCode ? enterprise : null,
    service: filters.service as OfficeSearch['service'],
    status: filters.status as OfficeSearch['status'],
    submitted_from: filters.submitted_from,
    submitted_to: filters.submitted_to,
    waiting_longer_than: days ? (/^\d+$/.test(days) ? Number(days) : (days as unknown as number)) : null,
    order: filters.order === 'newest' ? 'newest' : 'oldest',
    limit: 50,
  }
}

export interface OfficeList {
  typed: OfficeFilters
  filters: ComputedRef<OfficeFilters>
  /** The body of the search as it is. */
  body: ComputedRef<OfficeSearch>
  items: ComputedRef<OfficeRow[]>
  query: UseInfiniteQueryReturnType<InfiniteData<OfficeRows>, Error>
  isFiltered: ComputedRef<boolean>
  /** Whether the server could not fill a page within one request; reading goes on by itself. */
  isPartial: ComputedRef<boolean>
  errorOf: (field: string) => string | undefined
  search: () => Promise<void>
  reset: () => Promise<void>
  /** Another value of what else stands in the address, such as a tab. */
  show: (change: Record<string, string>) => Promise<void>
  /** The place of `show`, for links such as tabs: the filters stay as they are. */
  placeOf: (change: Record<string, string>) => RouteLocationRaw
}

/**
 * @param name - of the list, for what is kept of it.
 * @param fixed - filters that the page sets itself, whatever is typed.
 * @param others - names of what else the page has in its address.
 */
export function useOfficeList(name: string, fixed: () => Partial<OfficeSearch>, others: readonly string[] = []): OfficeList {
  const route = useRoute()
  const router = useRouter()
  const kept = (): Partial<Kept> => (history.state as { filters?: Partial<Kept> } | null)?.filters ?? {}
  const filters = computed(() => readFilters(route.query, kept()))
  const typed = reactive({ ...filters.value })
  watch(filters, (next) => Object.assign(typed, next))
  const body = computed(() => ({ ...asSearch(filters.value), ...fixed() }))
  const { query, items, isPartial } = usePages(['office', name, body], (cursor) => answered(api.POST('/v1/office/search', { body: { ...body.value, cursor } })), { staleTime: 0 })

  function ownQuery(change: Record<string, string> = {}): Record<string, string> {
    const own = Object.fromEntries(others.flatMap((other) => (typeof route.query[other] === 'string' ? [[other, route.query[other]]] : [])))
    return Object.fromEntries(Object.entries({ ...own, ...change }).filter(([, value]) => value))
  }

  function placeOf(next: OfficeFilters, change?: Record<string, string>) {
    const state = { filters: Object.fromEntries(KEPT.map((each) => [each, next[each]])) }
    return { query: { ...ownQuery(change), ...asQuery(next) }, state }
  }

  async function go(next: OfficeFilters, change?: Record<string, string>): Promise<void> {
    await router.push({ ...placeOf(next, change), force: true })
  }

  return {
    typed,
    filters,
    body,
    items,
    query,
    isFiltered: computed(() => [...KEPT, ...SHOWN].some((each) => filters.value[each] && filters.value[each] !== 'oldest')),
    isPartial,
    errorOf: (field) => (query.error.value instanceof ApiProblem ? query.error.value.errors.find((error) => error.field === field)?.message : undefined),
    async search() {
      if (JSON.stringify(typed) === JSON.stringify(filters.value)) await query.refetch()
      else await go(typed)
    },
    async reset() {
      Object.assign(typed, readFilters({}, {}))
      await go(typed)
    },
    show: (change) => go(filters.value, change),
    placeOf: (change) => placeOf(filters.value, change),
  }
}
