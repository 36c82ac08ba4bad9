/** Keys without a modifier, for those who review all day; they can be switched off (WCAG 2.1.4). */
import { onBeforeUnmount, onMounted, ref, watch } from 'vue'

const OFF = 'desk-keys'
const TYPED = new Set(['text', 'search', 'email', 'tel', 'url', 'number', 'password', 'date'])
/** Keys that may be held down; each other one acts once. */
const REPEATED = new Set(['j', 'k', 'n', 'p', '+', '-'])

/** Whether single keys act; kept in the browser. */
export const areOn = ref(localStorage.getItem(OFF) !== 'off')
watch(areOn, (on) => localStorage.setItem(OFF, on ? 'on' : 'off'))

/** Whether a key would be typed into an element, or choose in it. */
export function isTyped(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return TYPED.has(target.type)
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable
}

/**
 * The key of an event as the table of keys names it: small letters, half width; null if the event is no single key, is
 * part of a composition, or belongs to a control or an open dialog.
 */
export function keyOf(event: KeyboardEvent): string | null {
  if (event.isComposing || event.key === 'Process' || event.defaultPrevented) return null
  if (event.ctrlKey || event.altKey || event.metaKey || isTyped(event.target)) return null
  if (document.querySelector('dialog[open]')) return null
  const key = event.key.normalize('NFKC')
  const plain = key.length === 1 ? key.toLowerCase() : key
  const name = plain === '=' ? '+' : plain
  return event.repeat && !REPEATED.has(name) ? null : name
}

/** Run the handler of each key that is pressed while the page is shown. */
export function useKeys(handlers: Record<string, () => void>): void {
  function press(event: KeyboardEvent): void {
    const key = areOn.value ? keyOf(event) : null
    const handler = key === null ? undefined : handlers[key]
    if (!handler) return
    event.preventDefault()
    handler()
  }
  onMounted(() => document.addEventListener('keydown', press))
  onBeforeUnmount(() => document.removeEventListener('keydown', press))
}
