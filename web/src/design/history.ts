/** 办理过程 of an application or a person: the newest entries come with it, older ones are read on demand. */
import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'

import { asProblem } from '../api/problem'
import type { EventReply } from '../api/schema'
import { common } from '../words/common'
import { toast } from './toast'

interface Subject {
  /** In order of time. */
  history: readonly EventReply[]
  history_cursor: string | null
}

export interface History {
  /** All that were read, newest first. */
  events: ComputedRef<EventReply[]>
  hasMore: ComputedRef<boolean>
  isReading: Ref<boolean>
  readOlder: () => Promise<void>
}

/** @param read - reads the entries that are older than those of the cursor. */
export function useHistory(subject: ComputedRef<Subject | undefined>, read: (cursor: string) => Promise<{ items: EventReply[]; next_cursor: string | null }>): History {
  const older = ref<EventReply[]>([])
  const cursor = ref<string | null>(null)
  const isReading = ref(false)
  watch(
    subject,
    (found) => {
      older.value = []
      cursor.value = found?.history_cursor ?? null
    },
    { immediate: true },
  )

  async function readOlder(): Promise<void> {
    if (isReading.value || !cursor.value) return
    isReading.value = true
    try {
      const page = await read(cursor.value)
      older.value.push(...page.items)
      cursor.value = page.next_cursor
    } catch (error) {
      toast(asProblem(error).message || common('offline'), { tone: 'bad' })
    } finally {
      isReading.value = false
    }
  }

  return {
    events: computed(() => [...[...(subject.value?.history ?? [])].reverse(), ...older.value]),
    hasMore: computed(() => cursor.value !== null),
    isReading,
    readOlder,
  }
}
