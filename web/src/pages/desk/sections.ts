/** What an officer compares: the fields of an application, each group of them beside the document that proves it. */
import { common } from '../../words/common'
import type { Reference } from '../../api/reference'
import type { ApplicationReply, ChangesReply, FieldChange, GroupContentShown, PersonContentShown } from '../../api/schema'
import { field, type FieldName } from '../../words/fields'
import { t, type Word } from './words'

interface Plan {
  name: Word
  /** Kinds of files that prove the fields, the most telling first. */
  proof: readonly string[]
  fields: readonly FieldName[]
}

export const OF_PERSON: readonly Plan[] = [
  { name: 'identity', proof: ['photo'], fields: ['name', 'surname_pinyin', 'given_name_pinyin', 'sex', 'birth_date'] },
  {
    name: 'passport',
    proof: ['passport_page'],
    fields: ['passport_kind', 'passport_number', 'passport_issued_on', 'passport_expires_on', 'passport_place'],
  },
  { name: 'contacts', proof: ['id_card'], fields: ['id_number', 'phone', 'email'] },
  { name: 'work', proof: ['employment_proof', 'social_insurance'], fields: ['title', 'title_en'] },
  { name: 'earlier', proof: ['old_card'], fields: ['first_time', 'previous_card_number', 'previous_card_expires_on'] },
]
export const OF_GROUP: readonly Plan[] = [
  {
    name: 'group',
    proof: ['application_letter', 'undertaking', 'business_licence'],
    fields: ['group_name', 'reason', 'contact', 'contact_phone', 'contact_email', 'pickup'],
  },
]
export const OF_SERVICE: readonly Plan[] = [
  { name: 'service_', proof: ['explanation', 'loss_proof', 'old_card', 'old_passport_page', 'undertaking'], fields: ['name', 'title', 'case', 'reason'] },
  {
    name: 'newPassport',
    proof: ['passport_page'],
    fields: ['passport_kind', 'passport_number', 'passport_issued_on', 'passport_expires_on', 'passport_place'],
  },
]

export interface Fact {
  /** The path by which a return names the field, such as `persons.1.title`. */
  path: string
  name: FieldName
  label: string
  value: string
  isMasked: boolean
  /** Whether the applicant cannot change it, so that a return cannot name it. */
  isFixed?: boolean
  change?: { before: string; after: string; isHidden: boolean }
}

export interface Section {
  key: string
  title: string
  proof: readonly string[]
  facts: Fact[]
}

/** What is read for one place: its content, the values in clear if they were revealed, and what a correction changed. */
interface Source {
  prefix: string
  content: Partial<Record<string, unknown>>
  clear: Readonly<Record<string, string | null>>
  changes: readonly FieldChange[]
  masked: readonly string[]
  reference: Reference | undefined
}

/** The sections with the fields that have a value, a change, or are expected in every application. */
export function sectionsOf(plans: readonly Plan[], source: Source): Section[] {
  return plans
    .map(({ name, proof, fields }) => ({
      key: `${source.prefix}${name}`,
      title: t(name),
      proof,
      facts: fields.map((each) => factOf(each, source)).filter(({ value, change }) => value || change),
    }))
    .filter(({ facts }) => facts.length)
}

function factOf(name: FieldName, { prefix, content, clear, changes, masked, reference }: Source): Fact {
  const change = changes.find((each) => each.field === name)
  const isMasked = masked.includes(name) && !(name in clear) && Boolean(content[name])
  return {
    path: `${prefix}${name}`,
    name,
    label: field(name),
    value: clear[name] ?? shown(name, content[name], reference),
    isMasked,
    ...(change
      ? {
          change: {
            before: shown(name, change.before, reference) || common('none'),
            after: shown(name, change.after, reference) || common('none'),
            isHidden: change.masked,
          },
        }
      : {}),
  }
}

function shown(name: FieldName, value: unknown, reference: Reference | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no')
  if (typeof value === 'object') return name === 'pickup' ? pickup(value as Record<string, string | null>, reference) : ''
  const lists: Partial<Record<FieldName, { code: string; name: string }[] | undefined>> = {
    sex: reference?.sexes,
    passport_kind: reference?.passport_kinds,
    case: reference?.replace_cases,
  }
  const text = typeof value === 'string' ? value : ''
  return lists[name]?.find(({ code }) => code === text)?.name ?? text
}

function pickup(value: Record<string, string | null>, reference: Reference | undefined): string {
  const method = reference?.pickup_methods.find(({ code }) => code === value['method'])?.name
  return [method, value['point'], value['recipient'], value['phone'], value['address']].filter(Boolean).join(' ')
}

const MASKED = ['id_number', 'birth_date', 'passport_number', 'phone', 'email', 'previous_card_number']
const MASKED_OF_SERVICE = ['passport_number']
/** What one reveal shows: of a group all persons' masked fields, of a follow-up application its passport numbers. */
const EARLIER = 'current_passport_number'
export const REVEALED = { group: MASKED, service: ['passport_number', EARLIER] }

export type Clear = Readonly<Record<string, Readonly<Record<string, string | null>>>>

interface Read {
  application: ApplicationReply
  changes: ChangesReply | undefined
  clear: Clear
  reference: Reference | undefined
}

export function isGroup(content: ApplicationReply['content']): content is GroupContentShown {
  return 'group_name' in content
}

/** The sections of the application itself. */
export function ofApplication({ application, changes, clear, reference }: Read): Section[] {
  const { content, number } = application
  const shared = { prefix: '', clear: clear[number] ?? {}, changes: changes?.fields ?? [], reference }
  if (isGroup(content)) return sectionsOf(OF_GROUP, { ...shared, content: { ...content }, masked: [] })
  const about = { ...content, name: `${content.person_name} ${content.person_number}` }
  const sections = sectionsOf(OF_SERVICE, { ...shared, content: about, masked: MASKED_OF_SERVICE })
  const earlier = clear[number]?.[EARLIER]
  return sections.map((section, place) => ({
    ...section,
    facts: [
      ...section.facts.map((fact) => ({ ...fact, isFixed: fact.name === 'name' || fact.name === 'title' })),
      ...(earlier && place === 0 ? [{ path: EARLIER, name: 'passport_number' as const, label: t('earlierPassport'), value: earlier, isMasked: false, isFixed: true }] : []),
    ],
  }))
}

/** The sections of one person of a group, by its place from 0. */
export function ofPerson({ application, changes, clear, reference }: Read, place: number, content: PersonContentShown): Section[] {
  const number = application.persons[place]?.number ?? ''
  return sectionsOf(OF_PERSON, {
    prefix: `persons.${place}.`,
    content: { ...content },
    clear: clear[number] ?? {},
    changes: changes?.persons.find((each) => each.number === number)?.fields ?? [],
    masked: MASKED,
    reference,
  })
}
