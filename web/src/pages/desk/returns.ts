/** Returns that are being written: the ticked fields with their texts, kept while the officer looks at other files. */
import { reactive } from 'vue'

import { t } from './words'

export interface ReturnDraft {
  /** By path of the field: what is to be corrected about it; empty for the general request. */
  ticks: Record<string, string>
  remark: string
}

export const LONGEST = 1000
const drafts = reactive(new Map<string, ReturnDraft>())

/** The return that is being written for an application or a person. */
export function draftOf(number: string): ReturnDraft {
  const found = drafts.get(number)
  if (found) return found
  drafts.set(number, { ticks: {}, remark: '' })
  return drafts.get(number) as ReturnDraft
}

/** Forget what was written, after it was sent. */
export function forget(number: string): void {
  drafts.delete(number)
}

/** Whether something would be lost if the page were closed. */
export function isWritten(): boolean {
  return [...drafts.values()].some(({ ticks, remark }) => Object.keys(ticks).length > 0 || remark.trim() !== '')
}

/** Tick a field, or take the tick away with its text. */
export function tick(draft: ReturnDraft, path: string): void {
  if (path in draft.ticks) draft.ticks = Object.fromEntries(Object.entries(draft.ticks).filter(([each]) => each !== path))
  else draft.ticks = { ...draft.ticks, [path]: '' }
}

/** Add a phrase to a text, or take it out if it is there. */
export function withPhrase(text: string, phrase: string): string {
  if (text.includes(phrase)) return text.replace(phrase, '').replace(/^[；;\s]+|[；;\s]+$/g, '')
  return text.trim() ? `${text.trim()}；${phrase}` : phrase
}

/** The ticked fields of one person, with paths from the person on. */
export function ofOnePerson(draft: ReturnDraft, place: number): ReturnDraft {
  const prefix = `persons.${place}.`
  const own = Object.entries(draft.ticks).filter(([path]) => path.startsWith(prefix))
  return { ticks: Object.fromEntries(own.map(([path, text]) => [path.slice(prefix.length), text])), remark: draft.remark }
}

/** The reason that the applicant reads: a line for each ticked field, then the remark. */
export function reasonOf(draft: ReturnDraft, nameOf: (path: string) => string): string {
  const lines = Object.entries(draft.ticks).map(([path, text]) => t('line', { name: nameOf(path), text: text.trim() || t('default') }))
  return [...lines, draft.remark.trim()].filter(Boolean).join('\n')
}
