import { afterEach, expect, test, vi } from 'vitest'

import { answered, api, newKey, onReply } from './client'
import { ApiProblem } from './problem'

afterEach(() => vi.unstubAllGlobals())

function replying(status: number, body: unknown): void {
  const send = () => Promise.resolve(new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/problem+json' } }))
  vi.stubGlobal('fetch', send)
}

test('a refusal is one typed error', async () => {
  const problem = { code: 'INVALID', message: '请检查', errors: [{ field: 'login', code: 'REQUIRED', message: '必填' }], request_id: 'r' }
  const reply = { data: undefined, error: problem, response: new Response(null, { status: 422 }) }
  const caught: unknown = await answered(Promise.resolve(reply)).catch((error: unknown) => error)
  expect(caught).toBeInstanceOf(ApiProblem)
  expect(caught).toMatchObject({ status: 422, code: 'INVALID', message: '请检查', requestId: 'r', isPassing: false })
})

test('a server that is not reached is a problem that passes, and listeners are told', async () => {
  const heard: string[] = []
  onReply((problem) => heard.push(problem?.code ?? 'ok'))
  const caught: unknown = await answered(Promise.reject(new TypeError('fetch'))).catch((error: unknown) => error)
  expect(caught).toMatchObject({ code: 'OFFLINE', isPassing: true })
  expect(heard).toEqual(['OFFLINE'])
})

test('keys are UUIDs of version 4 and never the same', () => {
  const keys = Array.from({ length: 50 }, () => newKey()['Idempotency-Key'])
  expect(new Set(keys).size).toBe(50)
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('a change is sent as JSON even without a body', async () => {
  let sent: Request | undefined
  replying(204, null)
  vi.stubGlobal('fetch', (request: Request) => {
    sent = request
    return Promise.resolve(new Response(null, { status: 204 }))
  })
  await api.DELETE('/v1/sessions/current', { fetch })
  expect(sent?.headers.get('Content-Type')).toBe('application/json')
  expect(sent?.headers.get('Accept-Language')).toBe('zh')
})
