/** The typed client of the API, made from docs/openapi.json; the session is a cookie that scripts cannot read. */
import createClient, { type Middleware } from 'openapi-fetch'

import { language } from '../words/language'
import { ApiProblem, OFFLINE } from './problem'
import type { paths, Problem } from './schema'

type Listener = (problem: ApiProblem | null) => void

const listeners: Listener[] = []

/** Be told of every reply: null after success, the problem otherwise. Calls that leave the session alone are left out. */
export function onReply(listener: Listener): void {
  listeners.push(listener)
}

let prove: () => Promise<boolean> = () => Promise.resolve(false)

/** Ask for a proof when a call is refused without one; the call is sent again if `ask` gives true. */
export function onProofRequired(ask: () => Promise<boolean>): void {
  prove = ask
}

/** The calls under way that may need a proof, as they were sent. */
const sent = new Map<string, Request>()

async function needsProof(response: Response): Promise<boolean> {
  if (response.status !== 403) return false
  const problem = (await response.clone().json().catch(() => ({}))) as Partial<Problem>
  return problem.code === 'PROOF_REQUIRED'
}

const PASSIVE: readonly string[] = ['/v1/messages/unread', '/v1/attachments/states']

const middleware: Middleware = {
  onRequest({ request, id }) {
    request.headers.set('Accept-Language', language.value)
    // The server takes changes by cookie as JSON only, even without a body.
    if (request.method !== 'GET') request.headers.set('Content-Type', 'application/json')
    if (request.method !== 'GET') sent.set(id, request.clone())
    return request
  },
  async onResponse({ response, schemaPath, id }) {
    const again = sent.get(id)
    sent.delete(id)
    const last = again && (await needsProof(response)) && (await prove()) ? await fetch(again) : response
    if (last.ok && !PASSIVE.includes(schemaPath)) listeners.forEach((listener) => listener(null))
    return last
  },
  onError({ id }) {
    sent.delete(id)
  },
}

export const api = createClient<paths>({ baseUrl: location.origin })
api.use(middleware)

/** A key under which a creation is done once, however often it is sent. */
export function newKey(): { 'Idempotency-Key': string } {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const variant = ((bytes[8] ?? 0) & 0x3f | 0x80).toString(16).padStart(2, '0')
  return {
    'Idempotency-Key': `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20)}`,
  }
}

interface Reply<T> {
  data?: T
  error?: unknown
  response: Response
}

/**
 * The data of a reply.
 *
 * @throws ApiProblem if the call was refused or the server was not reached.
 */
export async function answered<T>(call: Promise<Reply<T>>): Promise<T> {
  let reply: Reply<T>
  try {
    reply = await call
  } catch {
    throw told(new ApiProblem({ code: OFFLINE }))
  }
  if (reply.response.ok) return reply.data as T
  const problem = (reply.error ?? {}) as Partial<Problem>
  throw told(new ApiProblem({ ...problem, status: reply.response.status }))
}

function told(problem: ApiProblem): ApiProblem {
  listeners.forEach((listener) => listener(problem))
  return problem
}
