/** What the server says is wrong with persons that were imported or pasted; it vanishes when the field is edited. */
import { computed, ref, type ComputedRef } from 'vue'

import { placeOf, type Content, type Person, type Place } from './content'

export interface Fault {
  /** The person's key: places in the list change. */
  key: string
  field: string
  message: string
  /** What the field had when it was found wrong. */
  value: unknown
}

function valueOf(person: Person, field: string): unknown {
  return (person as unknown as Record<string, unknown>)[field]
}

/** The errors of persons by their paths, `persons.N.field` among `persons`. */
export function faultsOf(persons: readonly Person[], errors: readonly { field: string | null; message: string }[]): Fault[] {
  return errors.flatMap(({ field: path, message }) => {
    const [, place, field = ''] = /^persons\.(\d+)(?:\.(\w+))?/.exec(path ?? '') ?? []
    const person = persons[Number(place)]
    return person ? [{ key: person.key, field, message, value: valueOf(person, field) }] : []
  })
}

/** The faults of persons that are still there, in fields that nobody has edited. */
export function openFaults(persons: readonly Person[], faults: readonly Fault[]): (Place & { message: string })[] {
  return faults.flatMap(({ key, field, message, value }) => {
    const place = persons.findIndex((person) => person.key === key)
    const person = persons[place]
    if (!person || valueOf(person, field) !== value) return []
    return [{ ...placeOf(['persons', place, field].filter((part) => part !== '').join('.')), message }]
  })
}

export interface Faults {
  errors: ComputedRef<(Place & { message: string })[]>
  add: (found: readonly Fault[]) => void
  /** Forget all: a check of the whole content has named what is wrong. */
  clear: () => void
}

export function useFaults(content: () => Content | null): Faults {
  const all = ref<Fault[]>([])
  return {
    errors: computed(() => openFaults(content()?.persons ?? [], all.value)),
    add: (found) => {
      all.value.push(...found)
    },
    clear: () => {
      all.value = []
    },
  }
}
