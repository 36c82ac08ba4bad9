/** Asks before entries that are not saved are lost: by a reload, by another page, or by what the page itself asks about. */
import { onBeforeUnmount, onMounted, readonly, shallowRef, type Ref } from 'vue'
import { onBeforeRouteLeave } from 'vue-router'

export interface Leaving {
  /** Whether the question is open. */
  asks: Readonly<Ref<boolean>>
  answer: (leaves: boolean) => void
  /** Whether the entries may be lost; asks if there are any. */
  mayLose: () => Promise<boolean>
}

export function useLeaving(count: () => number): Leaving {
  const asks = shallowRef(false)
  let resolve: ((leaves: boolean) => void) | null = null

  async function mayLose(): Promise<boolean> {
    if (!count()) return true
    resolve?.(false)
    asks.value = true
    return new Promise((answer) => (resolve = answer))
  }

  function warn(event: BeforeUnloadEvent): void {
    if (count()) event.preventDefault()
  }
  onMounted(() => window.addEventListener('beforeunload', warn))
  onBeforeUnmount(() => window.removeEventListener('beforeunload', warn))
  onBeforeRouteLeave(mayLose)

  return {
    asks: readonly(asks),
    answer(leaves) {
      asks.value = false
      resolve?.(leaves)
      resolve = null
    },
    mayLose,
  }
}
