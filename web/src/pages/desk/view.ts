/** What of the open application is shown: the group or one person of it, everything or only what was corrected. */
import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'

import type { Reference } from '../../api/reference'
import type { GroupContentShown } from '../../api/schema'
import { placeIn } from '../../words/fields'
import { documentsOf, type Document } from './documents'
import type { Place } from './places'
import { draftOf, type ReturnDraft } from './returns'
import { isGroup, ofApplication, ofPerson, type Section } from './sections'
import type { Subject } from './subject'
import { t } from './words'

export interface View {
  group: ComputedRef<GroupContentShown | null>
  members: ComputedRef<number>
  /** The place of the person that is reviewed apart; null if a whole application is open. */
  ownPlace: ComputedRef<number | null>
  /** The place that is looked at; null for the group itself. */
  at: Ref<number | null>
  isOnlyChanged: Ref<boolean>
  hasTabs: ComputedRef<boolean>
  /** Whether what is looked at is decided on with what is open: persons reviewed apart are not. */
  isOwn: ComputedRef<boolean>
  places: ComputedRef<Place[]>
  sections: ComputedRef<Section[]>
  changeCount: ComputedRef<number>
  /** Who was added or removed by a correction. */
  membership: ComputedRef<string[]>
  draft: ComputedRef<ReturnDraft>
  documents: ComputedRef<Document[]>
  /** The id of the document that is shown. */
  chosen: Ref<string>
  proofOf: (section: Section) => Document | undefined
  /** Go to the next or previous place. */
  move: (step: number) => void
}

export function useView(number: ComputedRef<string>, subject: Subject, reference: ComputedRef<Reference | undefined>): View {
  const { application, person, changes, clear } = subject
  const group = computed(() => (application.value && isGroup(application.value.content) ? application.value.content : null))
  const members = computed(() => group.value?.persons.length ?? 1)
  const ownPlace = computed(() => (person.value ? Number(person.value.number.split('-')[1]) - 1 : null))
  const at = ref<number | null>(null)
  const isOnlyChanged = ref(false)
  const chosen = ref('')
  const draft = computed(() => draftOf(number.value))
  const hasTabs = computed(() => group.value !== null && (members.value > 1 || person.value !== undefined))
  const isOwn = computed(() => {
    const place = at.value
    return person.value !== undefined || place === null || application.value?.persons[place]?.status === application.value?.status
  })
  watch(number, () => (isOnlyChanged.value = false))
  watch([number, ownPlace], () => (at.value = ownPlace.value), { immediate: true })

  const sections = computed((): Section[] => {
    if (!application.value) return []
    const found = { application: application.value, changes: changes.value, clear: clear.value, reference: reference.value }
    const persons = group.value?.persons ?? []
    const ofPlace = (place: number): Section[] => {
      const content = place === ownPlace.value && person.value ? person.value.content : persons[place]
      return content ? ofPerson(found, place, content) : []
    }
    if (isOnlyChanged.value) {
      const ofPersons = persons.flatMap(({ name }, place) => {
        const who = t('place', { place: place + 1, name })
        return ofPlace(place).map((section) => ({ ...section, title: `${who} · ${section.title}` }))
      })
      const all = [...ofApplication(found), ...ofPersons]
      return all.map((section) => ({ ...section, facts: section.facts.filter(({ change }) => change) })).filter(({ facts }) => facts.length)
    }
    if (!group.value) return ofApplication(found)
    if (!hasTabs.value) return [...ofPlace(0), ...ofApplication(found)]
    return at.value === null ? ofApplication(found) : ofPlace(at.value)
  })

  const places = computed((): Place[] => {
    if (!group.value || !application.value) return []
    const { persons: cards, status, warnings } = application.value
    const warned = new Set(warnings.map(({ field }) => placeIn(field)))
    const changed = new Set(changes.value?.persons.map((each) => each.number))
    const ticked = Object.keys(draft.value.ticks).map(placeIn)
    const ofGroup: Place = {
      place: null,
      name: t('groupTab'),
      status: '',
      ticks: ticked.filter((place) => place === undefined).length,
      corrected: Boolean(changes.value?.fields.length),
      warned: warned.has(undefined),
    }
    const ofPersons = group.value.persons.map(({ name }, place) => ({
      place,
      name: t('personTab', { place: place + 1, name }),
      status: cards[place] && cards[place].status !== status ? cards[place].status_label : '',
      ticks: ticked.filter((each) => each === place).length,
      corrected: changed.has(cards[place]?.number ?? ''),
      warned: warned.has(place),
    }))
    return [ofGroup, ...ofPersons]
  })

  /** Of the files of all persons: the new ones, and those that prove what was changed. */
  function isOfChanges({ kind, place, isNew }: Document): boolean {
    return isNew || sections.value.some(({ proof, facts }) => proof.includes(kind) && (placeIn(facts[0]?.path ?? '') ?? null) === place)
  }

  function labelOf({ place, label }: Document): string {
    return place === null ? label : `${t('personTab', { place: place + 1, name: group.value?.persons[place]?.name ?? '' })} ${label}`
  }

  const documents = computed(() => {
    if (!application.value) return []
    const all = documentsOf(subject.files.value, application.value, changes.value)
    if (isOnlyChanged.value && hasTabs.value) return all.filter(isOfChanges).map((each) => ({ ...each, label: labelOf(each) }))
    if (hasTabs.value) return all.filter(({ place }) => place === at.value)
    return [...all].sort((one, other) => Number(one.place === null) - Number(other.place === null))
  })
  watch([number, at, () => documents.value.length], () => (chosen.value = documents.value[0]?.id ?? ''))

  return {
    group,
    members,
    ownPlace,
    at,
    isOnlyChanged,
    hasTabs,
    isOwn,
    places,
    sections,
    changeCount: computed(() => {
      const ofPersons = (changes.value?.persons ?? []).map(({ fields }) => Math.max(1, fields.length))
      return ofPersons.reduce((sum, each) => sum + each, changes.value?.fields.length ?? 0)
    }),
    membership: computed(() => (['added', 'removed'] as const).flatMap((kind) => {
      const names = (changes.value?.persons ?? []).filter((each) => each.kind === kind).map(({ name }) => name)
      return names.length ? [t(kind, { names: names.join(t('separator')) })] : []
    })),
    draft,
    documents,
    chosen,
    proofOf(section) {
      const place = placeIn(section.facts[0]?.path ?? '') ?? null
      const own = documents.value.filter((each) => each.place === place)
      return section.proof.map((kind) => own.find((each) => each.kind === kind)).find(Boolean)
    },
    move(step) {
      if (!hasTabs.value) return
      const order = places.value.map(({ place }) => place)
      const next = order[order.indexOf(at.value) + step]
      if (next !== undefined) at.value = next
    },
  }
}
