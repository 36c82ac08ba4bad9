/** The files of what is open, named as a return names them. */
import type { ApplicationReply, ChangesReply, FieldChange, FileReply, ScanShown } from '../../api/schema'

export interface Document {
  id: string
  kind: string
  label: string
  /** None of a file that was not found clean. */
  url: string | null
  scan: ScanShown
  isPicture: boolean
  /** The path by which a return names the file: its kind, after the person if it is of one. */
  path: string
  /** The place of the person, from 0; null for the application as a whole. */
  place: number | null
  /** Whether it was uploaded after the last return. */
  isNew: boolean
}

/** What keys do to the document that is shown. */
export interface Pane {
  enlarge: (step: number) => Promise<void>
  turn: () => void
  fit: () => void
  next: () => void
}

/** The order in which files are looked at; others follow. */
const ORDER = ['photo', 'passport_page', 'id_card', 'employment_proof', 'social_insurance', 'application_letter']

function rank({ kind }: FileReply): number {
  const place = ORDER.indexOf(kind)
  return place < 0 ? ORDER.length : place
}

export function documentsOf(files: readonly FileReply[], application: ApplicationReply, changes: ChangesReply | undefined): Document[] {
  const fresh = new Set([...newIn(changes?.fields ?? []), ...(changes?.persons ?? []).flatMap(({ fields }) => newIn(fields))])
  const isOfPersons = application.service === 'new_or_renewal'
  return [...files].sort((one, other) => rank(one) - rank(other)).map((file) => {
    const found = isOfPersons && file.person_number ? application.persons.findIndex(({ number }) => number === file.person_number) : -1
    const place = found < 0 ? null : found
    return {
      id: `${file.person_number ?? ''}/${file.id}`,
      kind: file.kind,
      label: file.kind_label,
      url: file.url,
      scan: file.scan,
      isPicture: file.content_type.startsWith('image/'),
      path: place === null ? file.kind : `persons.${place}.${file.kind}`,
      place,
      isNew: fresh.has(file.id),
    }
  })
}

function newIn(fields: readonly FieldChange[]): string[] {
  return fields.flatMap(({ field, before, after }) => {
    if (field !== 'attachments' || !Array.isArray(after)) return []
    const old = new Set(Array.isArray(before) ? before : [])
    return after.filter((id) => !old.has(id))
  })
}
