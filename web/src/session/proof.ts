/**
 * 验证身份: acts on credentials need a recent proof that the user of the session is its owner.
 * A refused call waits while the dialog asks for the proof, and is sent again: whoever acts loses nothing.
 */
import { readonly, ref } from 'vue'

import { onProofRequired } from '../api/client'

const open = ref(false)
let waiting: Promise<boolean> | null = null
let settle: (proven: boolean) => void = () => undefined

/** Whether the dialog is open. */
export const isAsked = readonly(open)

/** Ask for a proof; calls that are refused meanwhile share the answer. Gives whether the proof was given. */
export function ask(): Promise<boolean> {
  waiting ??= new Promise<boolean>((resolve) => {
    settle = resolve
    open.value = true
  })
  return waiting
}

/** Close the dialog and let the waiting calls go on. */
export function answer(proven: boolean): void {
  open.value = false
  waiting = null
  settle(proven)
}

onProofRequired(ask)
