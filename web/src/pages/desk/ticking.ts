/** Moving among the boxes of the fields and files by arrow keys. */

const BOX = 'tick-box'

/** The boxes that can be ticked, in the order of the page. */
export function boxesIn(frame: HTMLElement | undefined): HTMLInputElement[] {
  return [...(frame?.querySelectorAll<HTMLInputElement>(`.${BOX}`) ?? [])]
}

/** Move from box to box; other elements keep their arrow keys. */
export function arrow(event: KeyboardEvent, frame: HTMLElement | undefined): void {
  const { key, target } = event
  if (!(target instanceof HTMLInputElement) || !target.classList.contains(BOX)) return
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return
  event.preventDefault()
  const all = boxesIn(frame)
  all[all.indexOf(target) + (key === 'ArrowDown' ? 1 : -1)]?.focus()
}
