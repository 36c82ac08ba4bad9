import { beforeEach, expect, test, vi } from 'vitest'

import { ApiProblem, OFFLINE } from '../../api/problem'
import { Autosave, PAUSE_MS, type Ports, type SaveState } from './autosave'

const down = new ApiProblem({ code: OFFLINE })
const changed = new ApiProblem({ code: 'CONTENT_CHANGED', status: 412 })

/** A page and a server with one text, whose answers can fail before or after it stores. */
function page() {
  const server = { text: '', version: 1, puts: [] as string[], before: [] as ApiProblem[], after: [] as ApiProblem[] }
  const typed = { text: '' }
  const states: SaveState[] = []
  const ports: Ports = {
    content: () => typed.text,
    put: async (text, version) => {
      server.puts.push(text)
      await Promise.resolve()
      const refused = server.before.shift() ?? (version === server.version ? undefined : changed)
      if (refused) throw refused
      Object.assign(server, { text, version: version + 1 })
      const lost = server.after.shift()
      if (lost) throw lost
      return server.version
    },
    read: () => Promise.resolve({ text: server.text, version: server.version }),
    later: (ms, act) => {
      const timer = setTimeout(act, ms)
      return () => clearTimeout(timer)
    },
    told: (state) => states.push(state),
  }
  const save = new Autosave(ports, { text: '', version: 1 })
  const type = (text: string) => {
    typed.text += text
    save.changed()
  }
  return { server, ports, typed, save, states, type, state: () => states[states.length - 1] }
}

beforeEach(() => {
  vi.useFakeTimers()
})

test('saves once, a pause after the last change', async () => {
  const { server, type, state } = page()
  for (const letter of 'abc') {
    type(letter)
    await vi.advanceTimersByTimeAsync(PAUSE_MS - 1)
  }
  expect(server.puts).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(server.puts).toEqual(['abc'])
  expect(state()).toBe('saved')
})

test('what is typed during a save is saved after it, over its version', async () => {
  const { server, type, save } = page()
  type('a')
  const flushed = save.flush()
  type('b')
  expect(await flushed).toBe(true)
  expect(server).toMatchObject({ text: 'ab', version: 3, puts: ['a', 'ab'] })
})

test('a server that is away is tried again after growing waits', async () => {
  const { server, type, state } = page()
  server.before = [down, down, new ApiProblem({ code: 'UNAVAILABLE', status: 503 })]
  type('a')
  await vi.advanceTimersByTimeAsync(PAUSE_MS)
  expect(state()).toBe('failing')
  type('b')
  await vi.advanceTimersByTimeAsync(999)
  expect(server.puts).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1 + 2000 + 3999)
  expect(server.puts).toHaveLength(3)
  await vi.advanceTimersByTimeAsync(1)
  expect(server.text).toBe('ab')
  expect(state()).toBe('saved')
})

test('a save whose answer was lost is no conflict with itself', async () => {
  const { server, type, save, states } = page()
  server.after = [down]
  type('a')
  expect(await save.flush()).toBe(false)
  type('b')
  await vi.advanceTimersByTimeAsync(1000 + PAUSE_MS)
  expect(server.text).toBe('ab')
  expect(states).not.toContain('conflict')
})

test('a change made elsewhere stops saving until the user decides', async () => {
  const { server, type, save, state } = page()
  Object.assign(server, { text: 'other', version: 5 })
  type('a')
  expect(await save.flush()).toBe(false)
  expect(state()).toBe('conflict')
  type('b')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(server).toMatchObject({ text: 'other', puts: ['a'] })
  expect(await save.overwrite()).toBe(true)
  expect(server).toMatchObject({ text: 'ab', version: 6 })
})

test('what another page could not save is saved over the version that it was based on', async () => {
  const { server, ports, typed } = page()
  Object.assign(server, { text: 'first', version: 4 })
  typed.text = 'first and more'
  const after = new Autosave(ports, { text: 'first', version: 4 }, { version: 3, sent: ['first'] })
  expect(await after.flush()).toBe(true)
  expect(server).toMatchObject({ text: 'first and more', version: 5 })
  expect(after.basis).toEqual({ version: 5, sent: [] })
})

test('what another page could not save is a conflict if the stored content is from elsewhere', async () => {
  const { server, ports, typed, state } = page()
  Object.assign(server, { text: 'other', version: 4 })
  typed.text = 'mine'
  expect(await new Autosave(ports, { text: 'other', version: 4 }, { version: 3, sent: ['first'] }).flush()).toBe(false)
  expect(state()).toBe('conflict')
  expect(server.text).toBe('other')
})

test('a refusal is told and not repeated', async () => {
  const { server, type, state } = page()
  server.before = [new ApiProblem({ code: 'INVALID', status: 422 })]
  type('a')
  await vi.advanceTimersByTimeAsync(600_000)
  expect(server.puts).toEqual(['a'])
  expect(state()).toBe('refused')
})

test('an ended session keeps the content and goes on after signing in', async () => {
  const { server, type, save, state } = page()
  server.before = [new ApiProblem({ code: 'UNAUTHENTICATED', status: 401 })]
  type('a')
  await vi.advanceTimersByTimeAsync(PAUSE_MS)
  expect(state()).toBe('ended')
  type('b')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(server.puts).toEqual(['a'])
  save.resume()
  await vi.advanceTimersByTimeAsync(0)
  expect(server.text).toBe('ab')
})

test('nothing is saved while an input method composes', async () => {
  const { server, type, save } = page()
  type('a')
  save.hold(true)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(server.puts).toEqual([])
  save.hold(false)
  await vi.advanceTimersByTimeAsync(PAUSE_MS)
  expect(server.text).toBe('a')
})

test('nothing is saved after the end', async () => {
  const { server, type, save } = page()
  type('a')
  save.stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(server.puts).toEqual([])
})
