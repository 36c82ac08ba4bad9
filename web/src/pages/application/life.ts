/** The life of an application as steps, read from its status, its history and the statuses of its persons. */
import type { ApplicationReply, EventReply } from '../../api/schema'
import type { LifeStep } from '../../design/life'
import { shownDay } from '../../words/dates'

export type StepName = 'submit' | 'fao' | 'consular' | 'economies' | 'card' | 'done'

type Application = Pick<ApplicationReply, 'service' | 'status' | 'status_since' | 'submitted_at' | 'persons'>

/** Statuses of persons that have left the economies, and those that have left the making of cards. */
const PAST_ECONOMIES = new Set(['ECONOMY_DONE', 'REFUSED', 'CARD_MAKING', 'CARD_MADE', 'CARD_ISSUED', 'CANCELLED', 'EXPIRED'])
const PAST_CARD = new Set(['REFUSED', 'CARD_ISSUED', 'CANCELLED', 'EXPIRED'])
/** Persons that ended before the economies were asked. */
const OUT = new Set(['FAO_REJECTED', 'CONSULAR_REJECTED', 'WITHDRAWN'])

/** How many steps are behind an application with this status. */
const BEHIND: Record<string, number> = {
  FAO_REVIEW: 1,
  FAO_RETURNED: 1,
  FAO_REJECTED: 1,
  WITHDRAWN: 1,
  CONSULAR_REVIEW: 2,
  CONSULAR_RETURNED: 2,
  CONSULAR_REJECTED: 2,
}
const WITH_CARD = new Set(['early_card', 'replace_card'])
const ENDED = new Set(['DONE', 'CARD_ISSUED'])
const STOPPED = new Set(['FAO_REJECTED', 'CONSULAR_REJECTED', 'WITHDRAWN'])

/** When the application as a whole last came into one of these statuses: now, or as far as its history is loaded. */
function since(application: Application, events: readonly EventReply[], ...statuses: string[]): string | undefined {
  if (statuses.includes(application.status)) return application.status_since
  return events.find(({ to, origin, person_number }) => !person_number && to !== origin && statuses.includes(to))?.at
}

export function lifeOf(application: Application, events: readonly EventReply[], name: (step: StepName) => string): LifeStep[] {
  const isGroup = application.service === 'new_or_renewal'
  const last: StepName = WITH_CARD.has(application.service) ? 'card' : 'done'
  const names: StepName[] = isGroup ? ['submit', 'fao', 'consular', 'economies', 'card'] : ['submit', 'fao', 'consular', last]
  const counted = application.persons.filter(({ status }) => !OUT.has(status))
  const part = (past: ReadonlySet<string>) => counted.filter(({ status }) => past.has(status)).length
  const [decided, issued] = [part(PAST_ECONOMIES), part(PAST_CARD)]
  let behind = BEHIND[application.status] ?? 3
  if (!(application.status in BEHIND)) {
    if (!isGroup) behind = ENDED.has(application.status) ? names.length : 3
    else if (counted.length && decided === counted.length) behind = issued === counted.length ? names.length : 4
  }
  const notes: Partial<Record<StepName, string | undefined>> = {
    submit: shownDay(application.submitted_at),
    fao: behind > 1 ? dayOf(since(application, events, 'CONSULAR_REVIEW')) : undefined,
    consular: behind > 2 ? dayOf(since(application, events, 'CONSULAR_APPROVED', 'DONE')) : undefined,
    done: dayOf(since(application, events, 'DONE')),
    card: dayOf(since(application, events, 'CARD_ISSUED')),
    ...(isGroup && behind >= 3 ? { economies: `${String(decided)}/${String(counted.length)}`, card: `${String(issued)}/${String(counted.length)}` } : {}),
  }
  return names.map((step, place) => ({
    name: name(step),
    state: place < behind ? 'done' : place > behind ? 'coming' : STOPPED.has(application.status) ? 'stopped' : 'current',
    note: place < behind || isGroup ? notes[step] : undefined,
  }))
}

function dayOf(time: string | undefined): string | undefined {
  return time && shownDay(time)
}
