/** What waits at a status, oldest first: applications, and persons that are reviewed apart from their group. */
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'

import { answered, api } from '../../api/client'
import { asProblem, type ApiProblem } from '../../api/problem'
import type { OfficeRow, OfficeSearch } from '../../api/schema'

const ROWS = 50
/** How close to the end of the loaded part the next one is read. */
const NEAR_END = 5
/** How long a list can still show what was decided. */
const LAG_MS = 10_000

export interface QueueItem {
  /** Of the application, or of the person reviewed apart. */
  number: string
  title: string
  enterprise: string
  service: string
  person?: string
  persons: number
  days: number | null
  corrected: boolean
  warned: boolean
}

export interface QueueFilters {
  status: string
  service: string | null
}

/** One item for each application that waits as a whole, and one for each person that waits by itself. */
export function itemsOf(rows: readonly OfficeRow[]): QueueItem[] {
  return rows.flatMap((row): QueueItem[] => {
    const shared = { enterprise: row.enterprise_name, service: row.tag, title: row.title, warned: row.warnings.length > 0 }
    const whole = { ...shared, number: row.number, persons: row.person_count, days: row.days_waiting, corrected: row.correction !== null }
    if (row.service !== 'new_or_renewal' || !row.persons.length) return [whole]
    return row.persons.map((person) => ({
      ...shared,
      number: person.number,
      person: person.name,
      persons: 1,
      days: person.days_waiting,
      corrected: person.corrected !== null,
    }))
  })
}

export interface Queue {
  items: Ref<readonly QueueItem[]>
  isLoading: Ref<boolean>
  problem: Ref<ApiProblem | null>
  hasMore: ComputedRef<boolean>
  /** The place of the open item, from 0; -1 if it is not in the queue. */
  place: ComputedRef<number>
  next: ComputedRef<string | undefined>
  previous: ComputedRef<string | undefined>
  reload: () => Promise<void>
  more: () => Promise<void>
  /** Take out what is decided; returns the item to open next. */
  take: (number: string) => string | undefined
}

export function useQueue(filters: ComputedRef<QueueFilters>, open: ComputedRef<string>): Queue {
  const items = shallowRef<readonly QueueItem[]>([])
  const cursor = ref<string | null>(null)
  const isLoading = ref(true)
  const problem = shallowRef<ApiProblem | null>(null)
  const taken = new Map<string, number>()
  let asked = 0

  async function read(isMore: boolean): Promise<void> {
    const turn = ++asked
    isLoading.value = true
    problem.value = null
    try {
      const { status, service } = filters.value
      const body = { status, service, limit: ROWS, cursor: isMore ? cursor.value : null } as OfficeSearch
      const page = await answered(api.POST('/v1/office/search', { body }))
      if (turn !== asked) return
      const known = new Set(isMore ? items.value.map(({ number }) => number) : [])
      // A list can be a moment behind the decisions that were just made.
      const isTaken = (number: string) => performance.now() - (taken.get(number) ?? -Infinity) < LAG_MS
      const found = itemsOf(page.items).filter(({ number }) => !isTaken(number) && !known.has(number))
      items.value = isMore ? [...items.value, ...found] : found
      cursor.value = page.next_cursor
      if (!items.value.length && cursor.value) await read(true)
    } catch (error) {
      if (turn === asked) problem.value = asProblem(error)
    } finally {
      if (turn === asked) isLoading.value = false
    }
  }

  async function more(): Promise<void> {
    if (cursor.value && !isLoading.value) await read(true)
  }

  watch(filters, async (now, before) => {
    if (before && now.status === before.status && now.service === before.service) return
    items.value = []
    await read(false)
  }, { immediate: true })

  const place = computed(() => items.value.findIndex(({ number }) => number === open.value))
  watch([place, items], () => {
    if (place.value >= 0 && place.value >= items.value.length - NEAR_END) void more()
  })

  return {
    items,
    isLoading,
    problem,
    hasMore: computed(() => cursor.value !== null),
    place,
    next: computed(() => items.value[place.value + 1]?.number),
    previous: computed(() => items.value[place.value - 1]?.number),
    reload: () => read(false),
    more,
    take(number) {
      const at = items.value.findIndex((item) => item.number === number)
      taken.set(number, performance.now())
      items.value = items.value.filter((item) => item.number !== number)
      return (items.value[Math.max(at, 0)] ?? items.value[items.value.length - 1])?.number
    },
  }
}
