/** Several windows of one officer: what one decides leaves the queue of the others. */
import { onBeforeUnmount, onMounted } from 'vue'

import { isWritten } from './returns'

/**
 * @param heard - called with what another window has decided on.
 * @returns a function that tells the other windows.
 */
export function useWindows(heard: (number: string) => void): (number: string) => void {
  const channel = 'BroadcastChannel' in window ? new BroadcastChannel('desk') : null
  const listen = (event: MessageEvent) => heard(String(event.data))
  // A return that is being written is in this window only.
  const hold = (event: BeforeUnloadEvent) => {
    if (isWritten()) event.preventDefault()
  }

  onMounted(() => {
    channel?.addEventListener('message', listen)
    window.addEventListener('beforeunload', hold)
  })
  onBeforeUnmount(() => {
    channel?.close()
    window.removeEventListener('beforeunload', hold)
  })
  return (number) => channel?.postMessage(number)
}
