/** The errors of a form's fields, and below them what the officer asks to change. */
import { computed, type ComputedRef } from 'vue'

import { words } from '../../words/language'
import { placeOf, type Place } from './content'
import type { Corrections } from './corrections'

const t = words(
  { mark: '{party}要求修改此项', text: '{party}意见：{text}' },
  { mark: '{party} asks to change this', text: '{party}: {text}' },
)

export interface Marks {
  /** Every place with an error or a correction. */
  places: ComputedRef<Place[]>
  errorsOf: (field: string) => string[]
  errorOf: (field: string) => string | undefined
}

export function useMarks(errors: () => readonly { field: string; message: string }[], corrections: () => Corrections | null): Marks {
  const found = computed(() => errors().map(({ field, message }) => ({ ...placeOf(field), message })))

  function errorsOf(field: string): string[] {
    const messages = found.value.filter((error) => error.field === field).map(({ message }) => message)
    const named = corrections()?.fields.find((each) => each.field === field)
    const party = corrections()?.party ?? ''
    if (!messages.length && named) return [named.text ? t('text', { party, text: named.text }) : t('mark', { party })]
    return messages
  }

  return {
    places: computed(() => [...found.value, ...(corrections()?.fields ?? [])]),
    errorsOf,
    errorOf: (field) => errorsOf(field)[0],
  }
}
