/** How many lists of the page are still loading: what is below them would move when their rows come. */
import { onScopeDispose, readonly, ref, watch } from 'vue'

const count = ref(0)
export const loadingLists = readonly(count)

/** Counts the calling component while `isLoading` is true and the component is on the page. */
export function countWhile(isLoading: () => boolean): void {
  let counted = false
  const set = (loading: boolean): void => {
    if (loading !== counted) count.value += loading ? 1 : -1
    counted = loading
  }
  watch(isLoading, set, { immediate: true, flush: 'sync' })
  onScopeDispose(() => set(false))
}
