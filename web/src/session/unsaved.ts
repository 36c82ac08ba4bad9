/**
 * What a page could not save, kept with its tab: a reload or a tab that is opened again goes on with it. It is removed
 * when it is saved, when the account signs out, and with the tab (docs/decisions/0074-unsaved-content.md).
 */
const PREFIX = 'unsaved/'

/** Keep a value under a name; a value that the browser refuses is not kept. */
export function keepUnsaved(name: string, value: unknown): void {
  try {
    sessionStorage.setItem(PREFIX + name, JSON.stringify(value))
  } catch {
    // No room, or no storage at all: the page has asked before it is left.
  }
}

/** The value that is kept under a name; null without one. */
export function unsaved(name: string): unknown {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name) ?? 'null')
  } catch {
    return null
  }
}

export function dropUnsaved(name: string): void {
  sessionStorage.removeItem(PREFIX + name)
}

/** Remove every value, of every account. */
export function dropAllUnsaved(): void {
  Object.keys(sessionStorage)
    .filter((name) => name.startsWith(PREFIX))
    .forEach((name) => {
      sessionStorage.removeItem(name)
    })
}
