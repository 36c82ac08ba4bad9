/** The content of a draft that could not be saved, kept with the tab for the account that typed it. */
import { account } from '../../session/current'
import { dropUnsaved, keepUnsaved, unsaved } from '../../session/unsaved'
import type { Basis } from './autosave'
import { newPerson, type Content } from './content'

interface Kept {
  content: Content
  basis: Basis
}

function nameOf(draft: string): string {
  return `${account.value?.id ?? ''}/drafts/${draft}`
}

export function keep(draft: string, content: Content, basis: Basis): void {
  keepUnsaved(nameOf(draft), { content, basis } satisfies Kept)
}

/** What is kept of a draft; its persons get keys of this page. */
export function keptOf(draft: string): Kept | null {
  const kept = unsaved(nameOf(draft)) as Kept | null
  if (!kept) return null
  const persons = kept.content.persons.map((person) => ({ ...person, key: newPerson().key }))
  return { ...kept, content: { ...kept.content, persons } }
}

export function drop(draft: string): void {
  dropUnsaved(nameOf(draft))
}
