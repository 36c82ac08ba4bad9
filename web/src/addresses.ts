/**
 * Addresses of pages. In China nothing can answer an address that is no file (docs/decisions/0084), so the path of a page
 * stands behind `#` there.
 */
import { createWebHashHistory, createWebHistory, type RouterHistory } from 'vue-router'

const PREFIX = __PATHS_BEHIND_HASH__ ? '/#' : ''

export function createHistory(): RouterHistory {
  return __PATHS_BEHIND_HASH__ ? createWebHashHistory() : createWebHistory()
}

/** The address of a page, for links that load it anew; `path` begins with a slash. */
export function addressOf(path: string): string {
  return PREFIX + path
}

/** Load a page from the server, with the newest scripts. */
export function load(path: string): void {
  location.assign(addressOf(path))
  // A change behind # loads nothing.
  if (__PATHS_BEHIND_HASH__) location.reload()
}
