import { afterEach, expect, test } from 'vitest'

import { isTyped, keyOf } from './keys'

function pressed(key: string, options: KeyboardEventInit = {}, target: HTMLElement = document.body): string | null {
  let found: string | null = null
  const listen = (event: KeyboardEvent) => (found = keyOf(event))
  document.addEventListener('keydown', listen, { once: true })
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...options }))
  return found
}

function control(tag: string, type = ''): HTMLElement {
  const element = document.createElement(tag)
  if (type) element.setAttribute('type', type)
  document.body.append(element)
  return element
}

afterEach(() => document.body.replaceChildren())

test.each([['J', 'j'], ['１', '1'], ['？', '?'], ['=', '+'], ['ArrowDown', 'ArrowDown']])('%s is the key %s', (typed, key) => {
  expect(pressed(typed)).toBe(key)
})

test.each([{ isComposing: true }, { ctrlKey: true }, { metaKey: true }, { altKey: true }])('no key acts with %o', (options) => {
  expect(pressed('1', options)).toBeNull()
})

test('a decision key that is held down acts once; moving on may repeat', () => {
  expect(pressed('1', { repeat: true })).toBeNull()
  expect(pressed('j', { repeat: true })).toBe('j')
})

test('no key acts while something is typed or a dialog is open', () => {
  for (const [tag, type] of [['input', 'text'], ['textarea', ''], ['select', '']] as const) {
    expect(pressed('1', {}, control(tag, type))).toBeNull()
  }
  expect(isTyped(control('input', 'checkbox'))).toBe(false)
  expect(pressed('1', {}, control('button'))).toBe('1')
  control('dialog').setAttribute('open', '')
  expect(pressed('1')).toBeNull()
})
