/** Notices that the portal serves a newer version of its pages than the one that this tab runs. */
import { readonly, ref } from 'vue'

const EVERY_MS = 15 * 60_000
const newer = ref(false)
let own: string | null = null
let looked = 0

/** Whether a newer version is known; it appears with the next address that is opened, or when the tab is loaded again. */
export const isNewer = readonly(newer)

/** The address of the script that a page begins with; its name changes with its content. */
export function entryOf(html: string): string | null {
  return /<script[^>]*\ssrc="([^"]+)"/.exec(html)?.[1] ?? null
}

/** Compare the version that is served with the one that runs; whether it is newer. A failed request says no. */
export async function look(): Promise<boolean> {
  looked = Date.now()
  const answer = await fetch('/', { cache: 'no-cache' }).catch(() => null)
  const served = answer?.ok ? entryOf(await answer.text()) : null
  if (served !== null && own !== null && served !== own) newer.value = true
  return newer.value
}

/** Look again whenever somebody returns to the tab after a while, and every quarter of an hour while it is looked at. */
export function watchVersion(entry: string | null): void {
  own = entry
  looked = Date.now()
  const due = (): void => {
    if (!newer.value && document.visibilityState === 'visible' && Date.now() - looked >= EVERY_MS) void look()
  }
  document.addEventListener('visibilitychange', due)
  window.setInterval(due, EVERY_MS)
}
