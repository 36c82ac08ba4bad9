/** Short confirmations such as 已保存, announced to screen readers. */
import { readonly, ref } from 'vue'

export interface Toast {
  id: number
  text: string
  tone: 'good' | 'bad'
  undo?: () => void
}

const SHOWN_MS = 5000
const shown = ref<Toast[]>([])
let last = 0

export const toasts = readonly(shown)

export function toast(text: string, options: { tone?: 'good' | 'bad'; undo?: () => void } = {}): void {
  const id = ++last
  shown.value = [...shown.value, { id, text, tone: options.tone ?? 'good', ...(options.undo ? { undo: options.undo } : {}) }]
  window.setTimeout(() => dismiss(id), SHOWN_MS)
}

export function dismiss(id: number): void {
  shown.value = shown.value.filter((entry) => entry.id !== id)
}
