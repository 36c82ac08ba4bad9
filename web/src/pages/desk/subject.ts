/** What is open at the desk: an application, or one person that is reviewed apart, with files and changes. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'

import { answered, api } from '../../api/client'
import type { ApiProblem } from '../../api/problem'
import type { ActionOffer, ApplicationReply, ChangesReply, EventReply, FileReply, PersonReply, ProblemField, Status } from '../../api/schema'
import { hasEnded } from '../../session/current'
import { language } from '../../words/language'
import { REVEALED, type Clear } from './sections'

const APPLICATION_LENGTH = 18
/** A file that was read this long ago has an address that is about to end. */
const ADDRESS_MS = 8 * 60_000
/** How long a file that was read ahead is not read again; a decision on it names the status that was read. */
const AHEAD_MS = 60_000

/** The number of the application of a person, or the number itself. */
export function applicationOf(number: string): string {
  return number.slice(0, APPLICATION_LENGTH)
}

export interface Subject {
  application: ComputedRef<ApplicationReply | undefined>
  /** The person, if one is reviewed apart. */
  person: ComputedRef<PersonReply | undefined>
  isPerson: ComputedRef<boolean>
  isLoading: ComputedRef<boolean>
  problem: ComputedRef<Error | ApiProblem | null>
  files: ComputedRef<readonly FileReply[]>
  filesProblem: ComputedRef<Error | null>
  areFilesRead: ComputedRef<boolean>
  changes: ComputedRef<ChangesReply | undefined>
  events: ComputedRef<readonly EventReply[]>
  /** Status, warnings and offers of what is decided on. */
  status: ComputedRef<{ status: Status; label: string; since: string; version: number } | undefined>
  warnings: ComputedRef<readonly ProblemField[]>
  offers: ComputedRef<readonly ActionOffer[]>
  clear: Ref<Clear>
  refresh: () => Promise<void>
  reloadFiles: () => Promise<void>
  ahead: (number: string) => void
}

function readApplication(number: string): Promise<ApplicationReply> {
  return answered(api.GET('/v1/office/applications/{number}', { params: { path: { number } } }))
}

function readPerson(person_number: string): Promise<PersonReply> {
  return answered(api.GET('/v1/office/persons/{person_number}', { params: { path: { person_number } } }))
}

async function readFiles(number: string): Promise<FileReply[]> {
  const found: FileReply[] = []
  let cursor: string | null = null
  do {
    const page: { items: FileReply[]; next_cursor: string | null } = await answered(
      api.POST('/v1/office/applications/{number}/downloads', { params: { path: { number } }, body: { cursor } }),
    )
    found.push(...page.items)
    cursor = page.next_cursor
  } while (cursor)
  return found
}

export function useSubject(number: ComputedRef<string>): Subject {
  const client = useQueryClient()
  const application = computed(() => applicationOf(number.value))
  const isPerson = computed(() => number.value.length > APPLICATION_LENGTH)
  const whole = useQuery({
    queryKey: ['desk', 'application', application, language],
    enabled: computed(() => number.value !== ''),
    staleTime: AHEAD_MS,
    queryFn: () => readApplication(application.value),
  })
  const apart = useQuery({
    queryKey: ['desk', 'person', number, language],
    enabled: isPerson,
    staleTime: AHEAD_MS,
    queryFn: () => readPerson(number.value),
  })
  const files = useQuery({
    queryKey: ['desk', 'files', application],
    enabled: computed(() => number.value !== ''),
    staleTime: ADDRESS_MS,
    gcTime: ADDRESS_MS,
    queryFn: () => readFiles(application.value),
  })
  const events = computed(() => [...(isPerson.value ? (apart.data.value?.history ?? []) : (whole.data.value?.history ?? []))].reverse())
  const wasReturned = computed(() => {
    const cursor = isPerson.value ? apart.data.value?.history_cursor : whole.data.value?.history_cursor
    return Boolean(cursor) || events.value.some(({ action }) => action === 'return')
  })
  const changes = useQuery({
    queryKey: ['desk', 'changes', application],
    enabled: wasReturned,
    queryFn: () => answered(api.GET('/v1/office/applications/{number}/changes', { params: { path: { number: application.value } } })),
  })
  const clear = ref<Clear>({})
  // What was revealed is not kept longer than its file is open.
  watch(number, () => (clear.value = {}), { flush: 'sync' })

  async function refresh(): Promise<void> {
    await Promise.all([whole.refetch(), isPerson.value ? apart.refetch() : null, wasReturned.value ? changes.refetch() : null])
  }

  watch(hasEnded, (ended) => {
    if (!ended && (whole.isError.value || apart.isError.value || files.isError.value)) void Promise.all([refresh(), files.refetch()])
  })

  const subject = computed(() => (isPerson.value ? apart.data.value : whole.data.value))
  return {
    application: computed(() => whole.data.value),
    person: computed(() => (isPerson.value ? apart.data.value : undefined)),
    isPerson,
    isLoading: computed(() => whole.isPending.value || (isPerson.value && apart.isPending.value)),
    problem: computed(() => whole.error.value ?? (isPerson.value ? apart.error.value : null)),
    files: computed(() => files.data.value ?? []),
    filesProblem: computed(() => files.error.value),
    areFilesRead: computed(() => files.isSuccess.value),
    changes: computed(() => (wasReturned.value ? changes.data.value : undefined)),
    events,
    status: computed(
      () =>
        subject.value && {
          status: subject.value.status,
          label: subject.value.status_label,
          since: subject.value.status_since,
          version: subject.value.status_version,
        },
    ),
    warnings: computed(() => subject.value?.warnings ?? []),
    offers: computed(() => subject.value?.allowed_actions ?? []),
    clear,
    refresh,
    async reloadFiles() {
      await files.refetch()
    },
    ahead(next) {
      const queryKey = ['desk', 'application', applicationOf(next), language.value]
      client.query({ queryKey, staleTime: AHEAD_MS, queryFn: () => readApplication(applicationOf(next)) }).catch(() => undefined)
    },
  }
}

/** Values in clear by the number of the application or person, for a reason that the history keeps. */
export async function reveal(application: ApplicationReply, person: PersonReply | undefined, reason: string): Promise<Clear> {
  const group = application.service === 'new_or_renewal'
  const body = { fields: group ? REVEALED.group : REVEALED.service, reason }
  if (person) {
    const path = { person_number: person.number }
    const found = await answered(api.POST('/v1/office/persons/{person_number}/reveal', { params: { path }, body }))
    return { [person.number]: found.fields }
  }
  const path = { number: application.number }
  const found = await answered(api.POST('/v1/office/applications/{number}/reveal', { params: { path }, body }))
  const persons = found.persons.map(({ number, fields }) => [number, fields] as const)
  return { ...Object.fromEntries(persons), [application.number]: found.fields }
}
