/** Values in clear: for a reason that is asked for once in a session, and only until something else opens. */
import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'

import { answered, api } from '../../api/client'
import type { OfficeSearch } from '../../api/schema'
import { account } from '../../session/current'
import { applicationOf, reveal, type Subject } from './subject'

/** How many passports are looked for, and how many applications are named. */
const LOOKED_FOR = 5

export interface Reveals {
  isClear: ComputedRef<boolean>
  keptReason: Ref<string>
  /** Other applications with a passport that is in clear: their numbers and statuses. */
  samePassport: Ref<string[]>
  /** Show or mask; `asks` is called if no reason was given yet. */
  toggle: (asks: () => void) => Promise<void>
  now: (why: string) => Promise<boolean>
}

export function useReveals(number: ComputedRef<string>, subject: Subject, attempt: (act: () => Promise<void>) => Promise<boolean>): Reveals {
  const { application, person, clear } = subject
  const key = computed(() => `reveal-reason:${account.value?.login ?? ''}`)
  const keptReason = ref(sessionStorage.getItem(key.value) ?? '')
  const samePassport = ref<string[]>([])
  const isClear = computed(() => Object.keys(clear.value).length > 0)
  watch(number, () => (samePassport.value = []))

  async function look(about: string): Promise<void> {
    const passports = Object.values(clear.value).flatMap((fields) => fields['passport_number'] ?? [])
    const found = new Set<string>()
    for (const passport_number of passports.slice(0, LOOKED_FOR)) {
      const body = { passport_number, order: 'newest', limit: LOOKED_FOR } as OfficeSearch
      const rows = await answered(api.POST('/v1/office/search', { body })).catch(() => null)
      const others = rows?.items.filter((row) => row.number !== applicationOf(about)) ?? []
      others.forEach((row) => found.add(`${row.number}（${row.status_label}）`))
    }
    if (number.value === about && isClear.value) samePassport.value = [...found].slice(0, LOOKED_FOR)
  }

  async function now(why: string): Promise<boolean> {
    const [found, about] = [application.value, number.value]
    if (!found) return false
    const done = await attempt(async () => {
      const values = await reveal(found, person.value, why.trim())
      if (number.value === about) clear.value = values
    })
    if (!done) return false
    keptReason.value = why.trim()
    sessionStorage.setItem(key.value, keptReason.value)
    void look(about)
    return true
  }

  return {
    isClear,
    keptReason,
    samePassport,
    async toggle(asks) {
      if (isClear.value) {
        clear.value = {}
        samePassport.value = []
      } else if (!application.value) return
      else if (keptReason.value) await now(keptReason.value)
      else asks()
    },
    now,
  }
}
