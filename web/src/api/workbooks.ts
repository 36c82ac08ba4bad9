/** Workbooks that officers fill in and send back (docs/decisions/0051). */
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'

import { common } from '../words/common'
import { answered, api, newKey } from './client'
import { save } from './downloads'
import { asProblem } from './problem'
import type { WorkbookReply, WorkbookTemplate } from './schema'

export interface Workbooks {
  busy: Ref<boolean>
  refusal: Ref<string>
  result: ShallowRef<WorkbookReply | null>
  template: (form: Omit<WorkbookTemplate, 'kind' | 'order' | 'limit'>) => Promise<void>
  /** Send a workbook. Returns whether it was read. */
  send: (file: File) => Promise<boolean>
}

export function useWorkbooks(kind: WorkbookTemplate['kind']): Workbooks {
  const busy = ref(false)
  const refusal = ref('')
  const result = shallowRef<WorkbookReply | null>(null)

  async function once(act: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    refusal.value = ''
    result.value = null
    try {
      await act()
      return true
    } catch (error) {
      const problem = asProblem(error)
      refusal.value = problem.errors[0]?.message ?? (problem.message || common('offline'))
      return false
    } finally {
      busy.value = false
    }
  }

  return {
    busy,
    refusal,
    result,
    async template(form) {
      await once(async () => {
        save(await answered(api.POST('/v1/office/workbooks/template', { params: { header: newKey() }, body: { order: 'oldest', limit: 100, ...form, kind } })))
      })
    },
    send: (file) =>
      once(async () => {
        const body = { kind, workbook: base64(new Uint8Array(await file.arrayBuffer())) }
        result.value = await answered(api.POST('/v1/office/workbooks/import', { body }))
      }),
  }
}

const PART = 0x8000

function base64(bytes: Uint8Array): string {
  const parts = Array.from({ length: Math.ceil(bytes.length / PART) }, (_, part) => String.fromCharCode(...bytes.subarray(part * PART, (part + 1) * PART)))
  return btoa(parts.join(''))
}
