/** Lists that the server gives out in pages. */
import { useInfiniteQuery, type InfiniteData, type UseInfiniteQueryReturnType } from '@tanstack/vue-query'
import { computed, watch, type ComputedRef, type Ref } from 'vue'

interface Page {
  items: unknown[]
  next_cursor: string | null
  /** Whether the server could not fill the page within one request. */
  partial?: boolean
}

export interface Pages<P extends Page> {
  query: UseInfiniteQueryReturnType<InfiniteData<P>, Error>
  /** The rows of all pages that have been read. */
  items: ComputedRef<P['items'][number][]>
  /** Whether a page that could not be filled is read on, which goes on by itself. */
  isPartial: ComputedRef<boolean>
}

/**
 * @param queryKey - what the list is of; another value reads it from the start.
 * @param read - reads the page of a cursor, the first one without it.
 * @param options - `staleTime` in milliseconds; `enabled`: whether it is read at all.
 */
export function usePages<P extends Page>(queryKey: readonly unknown[], read: (cursor: string | null) => Promise<P>, options: { staleTime?: number; enabled?: Ref<boolean> } = {}): Pages<P> {
  const query = useInfiniteQuery({
    queryKey,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => read(pageParam),
    getNextPageParam: (last: P) => last.next_cursor,
    ...options,
  })
  const pages = computed(() => query.data.value?.pages ?? [])
  const isPartial = computed(() => Boolean(pages.value[pages.value.length - 1]?.partial) && query.hasNextPage.value)
  watch([isPartial, () => pages.value.length], () => isPartial.value && void query.fetchNextPage())
  return { query, items: computed(() => pages.value.flatMap((page) => page.items)), isPartial }
}
