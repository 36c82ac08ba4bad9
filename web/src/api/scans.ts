/** How far uploads of this page have come: scan for viruses and inspection, asked for a few minutes after each upload. */
import { reactive } from 'vue'

import { answered, api } from './client'
import type { AttachmentShown } from './schema'

const known = reactive(new Map<string, AttachmentShown>())
const asked = new Set<string>()

/** Seconds between two questions, which do not prolong the session. */
const PAUSES = [1, 1, 2, 3, 5, 8, 13, 20, 30, 30, 60, 60]
const MOST = 100
const MS = 1000

/** The state of an upload as last told; undefined until then. */
export function stateOf(id: string): AttachmentShown | undefined {
  return known.get(id)
}

/** Ask for the states of uploads until each of them is final, at most for four minutes. */
export async function follow(ids: readonly string[]): Promise<void> {
  let left = ids.filter((id) => !asked.has(id) && (known.get(id)?.state ?? 'waiting') === 'waiting')
  left.forEach((id) => asked.add(id))
  const all = left
  for (const pause of PAUSES) {
    if (!left.length) break
    await Promise.all(batches(left).map(ask))
    left = left.filter((id) => (known.get(id)?.state ?? 'waiting') === 'waiting')
    if (left.length) await new Promise((resolve) => setTimeout(resolve, pause * MS))
  }
  all.forEach((id) => asked.delete(id))
}

function batches(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / MOST) }, (_, at) => ids.slice(at * MOST, (at + 1) * MOST))
}

async function ask(attachments: string[]): Promise<void> {
  try {
    const { items } = await answered(api.POST('/v1/attachments/states', { body: { attachments } }))
    items.forEach((item) => known.set(item.id, item))
  } catch {
    // Not being told is no fault of the file: the next question or the submission tells it.
  }
}
