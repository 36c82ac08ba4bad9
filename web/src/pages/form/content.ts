/** The content of the form: texts as typed, and its files with what is known of them. */
import type { AttachmentShown, DraftContent, DraftContentShown, DraftPerson, GroupCorrection } from '../../api/schema'

export const GROUP = ['group_name', 'office', 'contact', 'contact_phone', 'contact_email', 'reason', 'invoice_profile_id'] as const
export const PICKUP = ['method', 'point', 'recipient', 'phone', 'address'] as const
export const PERSON = [
  'name',
  'surname_pinyin',
  'given_name_pinyin',
  'sex',
  'birth_date',
  'id_number',
  'passport_kind',
  'passport_number',
  'passport_issued_on',
  'passport_expires_on',
  'passport_place',
  'title',
  'title_en',
  'phone',
  'email',
  'previous_card_number',
  'previous_card_expires_on',
] as const
/** What the next traveller of a company often has in common with the one before. */
const SHARED = ['passport_kind', 'passport_place', 'title', 'title_en', 'phone', 'email'] as const

export type Attached = Pick<AttachmentShown, 'id' | 'filename'> & { kind: string }
type Texts<K extends string> = Record<K, string | null>

export interface Person extends Texts<(typeof PERSON)[number]> {
  /** Names the person within the page; never sent. */
  key: string
  first_time: boolean | null
  attachments: Attached[]
}

export interface Content extends Texts<(typeof GROUP)[number]> {
  pickup: Texts<(typeof PICKUP)[number]>
  persons: Person[]
  attachments: Attached[]
}

let last = 0

function picked<K extends string>(names: readonly K[], from: Partial<Record<K, string | null>>): Texts<K> {
  return Object.fromEntries(names.map((name) => [name, from[name] ?? null])) as Texts<K>
}

function sent<K extends string>(names: readonly K[], from: Record<K, string | null>): Texts<K> {
  // A field that was emptied again is not filled in.
  return Object.fromEntries(names.map((name) => [name, from[name] === '' ? null : from[name]])) as Texts<K>
}

function attached(files: readonly AttachmentShown[]): Attached[] {
  return files.map(({ id, kind, filename }) => ({ id, kind, filename }))
}

export function newPerson(from: Partial<Texts<(typeof PERSON)[number]> & { first_time: boolean | null }> = {}): Person {
  return { ...picked(PERSON, from), key: `person-${String(++last)}`, first_time: from.first_time ?? null, attachments: [] }
}

/** A person with what colleagues have in common; names, numbers and files are personal. */
export function copyOf(person: Person): Person {
  return newPerson({ ...picked(SHARED, person), first_time: person.first_time })
}

export function fromDraft(draft: DraftContentShown): Content {
  return {
    ...picked(GROUP, draft),
    pickup: picked(PICKUP, draft.pickup ?? {}),
    persons: draft.persons.map((person) => ({ ...newPerson(person), attachments: attached(person.attachments) })),
    attachments: attached(draft.attachments),
  }
}

/** The content of an application; `files` are those that its attachments name, one that several persons share more than once. */
export function fromCorrection(correction: GroupCorrection, files: readonly Attached[]): Content {
  const known = (ids: readonly string[]) => ids.flatMap((id) => files.find((file) => file.id === id) ?? [])
  return {
    ...picked(GROUP, correction),
    pickup: picked(PICKUP, correction.pickup),
    persons: correction.persons.map((person) => ({ ...newPerson(person), attachments: known(person.attachments) })),
    attachments: known(correction.attachments),
  }
}

export function sentPerson(person: Person): DraftPerson {
  return { ...sent(PERSON, person), first_time: person.first_time, attachments: person.attachments.map(({ id }) => id) }
}

export function toDraft(content: Content): DraftContent {
  const pickup = sent(PICKUP, content.pickup)
  return {
    ...sent(GROUP, content),
    pickup: Object.values(pickup).some((value) => value !== null) ? pickup : null,
    persons: content.persons.map(sentPerson),
    attachments: content.attachments.map(({ id }) => id),
  }
}

export const STEPS = ['enterprise', 'group', 'persons', 'files', 'payment', 'review'] as const
export type Step = (typeof STEPS)[number]

export interface Place {
  /** The path of the control; all files of one owner have one. */
  field: string
  step: Step
  /** The place of the person in the list, if the field belongs to one. */
  person: number | null
}

/** Where in the form the field of an error is. */
export function placeOf(path: string): Place {
  const field = path.replace(/^content\./, '').replace(/attachments\.\d+$/, 'attachments')
  const person = /^persons\.(\d+)/.exec(field)?.[1]
  const step = /(^|\.)attachments(\.|$)/.test(field) ? 'files' : person !== undefined || field === 'persons' ? 'persons' : /^(pickup|invoice)/.test(field) ? 'payment' : 'group'
  return { field, step, person: person === undefined ? null : Number(person) }
}
