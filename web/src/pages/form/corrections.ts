/** What an officer asks to change: the fields of a return, each with its own words, and the remark about all. */
import type { EventReply } from '../../api/schema'
import { pathInWords } from '../../words/fields'
import { placeOf, type Place } from './content'

export interface Correction extends Place {
  /** The field in words: 第2人 职务. */
  label: string
  /** What is to be corrected about it; empty if the officer only named it. */
  text: string
}

export interface Corrections {
  party: string
  /** What is said about no field by itself. */
  remark: string
  fields: Correction[]
}

/**
 * The corrections of a return. A reason has a line for each field, 职务：与社保不一致, if the desk made it; other lines are the remark.
 *
 * @param kinds - the kinds of documents: a return names a document by its kind.
 * @param owner - the path in front of the fields of a return of one person.
 */
export function correctionsOf(event: EventReply, kinds: readonly { code: string; name: string }[], owner = ''): Corrections {
  const lines = (event.reason ?? '').split('\n')
  const said = new Set<string>()
  const fields = event.fields.map((path): Correction => {
    const isFile = kinds.some(({ code }) => code === path.split('.').pop())
    const label = pathInWords(path, kinds)
    const line = lines.find((each) => each.startsWith(`${label}：`) || each.startsWith(`${label}: `))
    if (line) said.add(line)
    return { ...placeOf(owner + (isFile ? path.replace(/(attachments\.)?([^.]+)$/, 'attachments.$2') : path)), label, text: line?.slice(label.length + 1).trim() ?? '' }
  })
  return { party: event.party_label, remark: lines.filter((line) => !said.has(line)).join('\n').trim(), fields }
}
