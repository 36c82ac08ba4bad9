/** What was entered in the grid and not yet recorded, with undo; the answers of the server stay as they are. */
import { computed, ref, shallowReactive, shallowRef, type ComputedRef, type Ref } from 'vue'

import { readDate } from '../../words/dates'

export const DECISIONS = ['approved', 'refused', 'locked', 'pending'] as const
export type Decision = (typeof DECISIONS)[number]

export const COLUMNS = ['decision', 'valid_until', 'foreign_number'] as const
export type Column = (typeof COLUMNS)[number]

/** The values of one person, as recorded or as entered. */
export interface Values {
  decision: Decision
  valid_until: string
  foreign_number: string
}

export interface GridRow extends Values {
  key: string
  name: string
  enterprise: string
  days: number | null
  /** What to check about the answer as recorded. */
  remarks: string
}

/** The letters of the decisions: A approved, R refused, L locked, P pending. */
export const KEYS: Readonly<Record<string, Decision>> = { a: 'approved', r: 'refused', l: 'locked', p: 'pending' }

const WORDS: Readonly<Record<string, Decision>> = {
  ...KEYS,
  批准: 'approved', 同意: 'approved', 通过: 'approved', approved: 'approved', approve: 'approved', yes: 'approved',
  拒签: 'refused', 拒绝: 'refused', 不同意: 'refused', refused: 'refused', rejected: 'refused', denied: 'refused', no: 'refused',
  锁定: 'locked', locked: 'locked', lock: 'locked',
  审批中: 'pending', 未审批: 'pending', pending: 'pending',
}

/** A decision in Chinese or English words, or by its letter; undefined for anything else. */
export function readDecision(text: string): Decision | undefined {
  return WORDS[text.normalize('NFKC').trim().toLowerCase()]
}

export interface Pasted {
  key: string
  change: Partial<Values>
}

/**
 * A pasted line: person number, answer, and in any order behind it a last day and a foreign number.
 *
 * @returns what is wrong as `number`, `decision` or `nothing`, or what to enter.
 */
export function readLine(cells: readonly string[]): Pasted | 'number' | 'decision' | 'nothing' {
  const [number = '', ...rest] = cells.map((cell) => cell.normalize('NFKC').trim())
  const key = number.toUpperCase()
  if (!/^APEC\d{14}-\d{2}$/.test(key)) return 'number'
  const filled = rest.filter(Boolean)
  if (!filled.length) return 'nothing'
  const change: Partial<Values> = {}
  for (const cell of filled) {
    const decision = readDecision(cell)
    const date = readDate(cell)
    if (decision && change.decision === undefined) change.decision = decision
    else if (/^\d{4}-\d{2}-\d{2}$/.test(date)) change.valid_until = date
    else if (/[0-9]/.test(cell) && change.foreign_number === undefined) change.foreign_number = cell
    else return 'decision'
  }
  return { key, change }
}

type Entered = ReadonlyMap<string, Readonly<Partial<Values>>>

export interface Entries {
  entered: ComputedRef<Entered>
  count: ComputedRef<number>
  canUndo: ComputedRef<boolean>
  /** Why a row was not recorded, until it is entered anew. */
  refusals: Map<string, string>
  /** Rows that were recorded since the page was opened. */
  recorded: Ref<number>
  enter: (changes: readonly Pasted[], stored: (key: string) => Values | undefined) => void
  undo: () => void
  /** Take out what the server has recorded. */
  done: (key: string, columns: readonly Column[]) => void
  clear: () => void
}

export function useEntries(): Entries {
  const entered = shallowRef<Entered>(new Map())
  const past = shallowRef<Entered[]>([])
  const refusals = shallowReactive(new Map<string, string>())
  const recorded = ref(0)

  function without(from: Readonly<Partial<Values>>, columns: readonly string[]): Partial<Values> {
    return Object.fromEntries(Object.entries(from).filter(([column]) => !columns.includes(column)))
  }

  function put(next: Map<string, Readonly<Partial<Values>>>, key: string, values: Partial<Values>): void {
    if (Object.keys(values).length) next.set(key, values)
    else next.delete(key)
  }

  return {
    entered: computed(() => entered.value),
    count: computed(() => entered.value.size),
    canUndo: computed(() => past.value.length > 0),
    refusals,
    recorded,
    enter(changes, stored) {
      const next = new Map(entered.value)
      for (const { key, change } of changes) {
        const before = stored(key)
        const values = { ...next.get(key), ...change }
        // What is as it was recorded is no entry.
        put(next, key, Object.fromEntries(Object.entries(values).filter(([column, value]) => before?.[column as Column] !== value)))
        refusals.delete(key)
      }
      past.value = [...past.value, entered.value]
      entered.value = next
    },
    undo() {
      const before = past.value[past.value.length - 1]
      if (!before) return
      past.value = past.value.slice(0, -1)
      entered.value = before
    },
    done(key, columns) {
      const next = new Map(entered.value)
      put(next, key, without(next.get(key) ?? {}, columns))
      entered.value = next
      // An undo must not bring back as an entry what is recorded.
      past.value = []
      refusals.delete(key)
    },
    clear() {
      entered.value = new Map()
      past.value = []
      refusals.clear()
      recorded.value = 0
    },
  }
}
