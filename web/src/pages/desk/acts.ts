/** What an officer does to the open application, once each; a lost race says who was quicker. */
import { useQueryClient } from '@tanstack/vue-query'
import { computed, onBeforeUnmount, ref, watch, type ComputedRef, type Ref } from 'vue'

import { answered, api } from '../../api/client'
import { offerOf, take } from '../../api/offers'
import { asProblem, type ApiProblem } from '../../api/problem'
import type { ActionOffer, DecisionRow, DeskReply } from '../../api/schema'
import { toast } from '../../design/toast'
import { common } from '../../words/common'
import { inWords, pathInWords, placeIn } from '../../words/fields'
import { DONE, type Decision } from './decisions'
import type { Queue } from './queue'
import { forget, ofOnePerson, reasonOf } from './returns'
import { applicationOf, type Subject } from './subject'
import type { View } from './view'
import { t } from './words'

/** A key that was meant for the application before must not decide on the one that has just opened. */
const SETTLE_MS = 400

export type Asking = Decision | 'sendBack' | 'reveal'
export type Scope = 'whole' | 'persons'

export interface Acts {
  /** The dialog that is open. */
  asking: Ref<Asking | null>
  busy: Ref<boolean>
  /** Why the last try was refused. */
  refusal: Ref<string>
  reason: Ref<string>
  outdated: Ref<ApiProblem | null>
  /** Whether keys and buttons decide now. */
  isReady: ComputedRef<boolean>
  nameOf: (path: string) => string
  returnReason: ComputedRef<string>
  /** The persons to whom all ticks belong, if they can be returned without their group. */
  tickedNames: ComputedRef<string[]>
  ask: (what: Asking) => void
  decide: (decision: Decision) => void
  pass: () => Promise<void>
  sendReturn: (scope: Scope) => Promise<void>
  sendReason: (scope: Scope) => Promise<void>
  /** Accept the payment voucher. */
  accept: () => Promise<void>
  /** Ask why the payment voucher is returned. */
  sendBack: () => void
  attempt: (act: () => Promise<void>) => Promise<boolean>
}

interface Surroundings {
  number: ComputedRef<string>
  subject: Subject
  view: View
  queue: Queue
  status: ComputedRef<string>
  warnings: ComputedRef<readonly string[]>
  kinds: ComputedRef<readonly { code: string; name: string }[]>
  /** Called with what was decided on, and what opens next. */
  left: (decided: string, next: string) => void
  /** Called with what opens after a lost race. */
  lost: (next: string) => void
}

export function useActs({ number, subject, view, queue, status, warnings, kinds, left, lost }: Surroundings): Acts {
  const client = useQueryClient()
  const { application, person, offers } = subject
  const asking = ref<Asking | null>(null)
  const busy = ref(false)
  const refusal = ref('')
  const reason = ref('')
  const outdated = ref<ApiProblem | null>(null)

  const isSettled = ref(false)
  let settling = 0
  watch([number, subject.isLoading], ([now, loading]) => {
    window.clearTimeout(settling)
    isSettled.value = false
    if (now && !loading) settling = window.setTimeout(() => (isSettled.value = true), SETTLE_MS)
  }, { immediate: true })
  watch(number, () => (asking.value = null))
  onBeforeUnmount(() => window.clearTimeout(settling))
  const isReady = computed(() => isSettled.value && !busy.value && application.value !== undefined)

  function forgetRead(decided: string): void {
    client.removeQueries({ queryKey: ['desk', 'application', applicationOf(decided)] })
    client.removeQueries({ queryKey: ['desk', 'person', decided] })
  }

  async function attempt(act: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    refusal.value = ''
    try {
      await act()
      return true
    } catch (error) {
      const problem = asProblem(error)
      if (problem.code === 'OPERATION_INVALID') {
        asking.value = null
        lost(queue.take(number.value) ?? '')
        outdated.value = problem
      } else {
        refusal.value = problem.errors.length ? inWords(problem.errors).join(' ') : problem.message || common('offline')
        if (!asking.value) toast(refusal.value, { tone: 'bad' })
      }
      return false
    } finally {
      busy.value = false
    }
  }

  function ask(what: Asking): void {
    refusal.value = ''
    reason.value = ''
    asking.value = what
  }

  async function send(offer: ActionOffer, filledIn: Record<string, unknown>): Promise<void> {
    const decided = number.value
    if (!(await attempt(() => take(offer, filledIn)))) return
    asking.value = null
    toast(t(DONE[offer.action as Decision], { number: decided }))
    forget(decided)
    const next = queue.take(decided)
    client.setQueryData<DeskReply>(['desk', 'counts'], (found) => found && {
      items: found.items.map((each) => (each.status === status.value ? { ...each, count: Math.max(0, each.count - 1) } : each)),
    })
    left(decided, next ?? '')
    forgetRead(decided)
  }

  async function pass(): Promise<void> {
    const offer = offerOf(offers.value, 'pass')
    if (offer) await send(offer, {})
  }

  function nameOf(path: string): string {
    return pathInWords(person.value ? path.replace(/^persons\.\d+\./, '') : path, kinds.value)
  }

  const returnReason = computed(() => reasonOf(view.draft.value, nameOf))
  const tickedPlaces = computed(() => {
    const found = Object.keys(view.draft.value.ticks).map(placeIn)
    if (view.members.value < 2 || person.value || !found.length || found.includes(undefined)) return []
    return [...new Set(found as number[])].filter((place) => application.value?.persons[place]?.status === application.value?.status)
  })

  function rowOf(place: number, decision: Decision, text: string | null, fields: string[]): DecisionRow {
    const card = application.value?.persons[place]
    return { number: card?.number ?? '', decision, status_version: card?.status_version ?? 0, reason: text, fields }
  }

  /** Decide on single persons of the open group, which stays open for the others. */
  async function sendRows(rows: DecisionRow[], done: 'donePersons' | 'donePersonsReject'): Promise<void> {
    let refused = ''
    const sent = await attempt(async () => {
      const reply = await answered(api.POST('/v1/office/decisions', { body: { rows } }))
      const found = reply.rows.filter(({ outcome }) => outcome === 'refused')
      refused = found.map(({ row, message, errors }) => `${String(rows[row]?.['number'])} ${inWords(errors).join(' ') || (message ?? '')}`).join(' ')
      if (reply.applied) toast(t(done, { count: reply.applied }))
    })
    if (!sent) return
    refusal.value = refused
    if (!refused) {
      asking.value = null
      forget(number.value)
    }
    await subject.refresh()
  }

  async function sendReturn(scope: Scope): Promise<void> {
    const { draft, ownPlace } = view
    if (scope === 'persons') {
      const rows = tickedPlaces.value.map((place) => {
        const own = ofOnePerson(draft.value, place)
        return rowOf(place, 'return', reasonOf(own, (path) => pathInWords(path, kinds.value)), Object.keys(own.ticks))
      })
      await sendRows(rows, 'donePersons')
      return
    }
    const offer = offerOf(offers.value, 'return')
    const found = ownPlace.value === null ? draft.value : ofOnePerson(draft.value, ownPlace.value)
    if (offer) await send(offer, { reason: returnReason.value, fields: Object.keys(found.ticks) })
  }

  async function pay(action: 'accept_payment' | 'return_payment', filledIn: Record<string, unknown>): Promise<void> {
    const offer = offerOf(application.value?.payment.allowed_actions, action)
    if (!offer || !(await attempt(() => take(offer, filledIn)))) return
    asking.value = null
    toast(t(action === 'accept_payment' ? 'accepted' : 'sentBack'))
    await subject.refresh()
  }

  async function sendReason(scope: Scope): Promise<void> {
    const text = reason.value.trim() || null
    const place = view.at.value
    if (asking.value === 'sendBack') await pay('return_payment', { reason: text })
    else if (scope === 'persons' && place !== null) await sendRows([rowOf(place, 'reject', text, [])], 'donePersonsReject')
    else {
      const offer = offers.value.find(({ action }) => action === asking.value)
      if (offer) await send(offer, { reason: text })
    }
  }

  return {
    asking,
    busy,
    refusal,
    reason,
    outdated,
    isReady,
    nameOf,
    returnReason,
    tickedNames: computed(() => tickedPlaces.value.map((place) => view.group.value?.persons[place]?.name ?? '')),
    ask,
    decide(decision) {
      if (!offerOf(offers.value, decision) || !isReady.value || asking.value) return
      if (decision === 'pass' && !warnings.value.length) void pass()
      else ask(decision)
    },
    pass,
    sendReturn,
    sendReason,
    async accept() {
      if (isReady.value && !asking.value) await pay('accept_payment', {})
    },
    sendBack() {
      if (offerOf(application.value?.payment.allowed_actions, 'return_payment') && isReady.value && !asking.value) ask('sendBack')
    },
    attempt,
  }
}
