/** The signed-in account. The cookie itself cannot be read; the browser keeps only whether there should be one. */
import { computed, readonly, ref, shallowRef } from 'vue'

import { load } from '../addresses'
import { answered, api, onReply } from '../api/client'
import type { Login, Me } from '../api/schema'
import { idle } from './idle'
import { dropAllUnsaved } from './unsaved'

const HINT = 'signed-in'
const CONSULAR = 'consular'
const channel = 'BroadcastChannel' in window ? new BroadcastChannel('session') : null

const me = shallowRef<Me | null>(null)
const ended = ref(false)
let loading: Promise<void> | null = null

export const current = readonly(me)
/** Whether the session has ended while pages were open; they stay as they are until the user signs in again. */
export const hasEnded = readonly(ended)
export const account = computed(() => me.value?.account ?? null)
export const isEnterprise = computed(() => me.value?.account.role === 'enterprise')
export const isOfficer = computed(() => me.value?.account.role === 'officer')
/** Whether this is an officer of the consular department, who sees every office's files. */
export const isConsular = computed(() => isOfficer.value && me.value?.account.office === CONSULAR)
/** The page on which the account's work begins. */
export const startPage = computed(() => (isOfficer.value ? '/desk' : '/applications'))

/** Whether this browser signed in before and did not sign out; the server has the last word. */
export function mayBeSignedIn(): boolean {
  return localStorage.getItem(HINT) === 'yes'
}

/** Read who is signed in, once for each load of the page. */
export async function restore(): Promise<void> {
  if (me.value || !mayBeSignedIn()) return
  loading ??= refresh().catch(() => undefined).finally(() => (loading = null))
  await loading
}

/** Read the account again, after a change of it or of the numbers in the menu. */
export async function refresh(): Promise<void> {
  me.value = await answered(api.GET('/v1/me'))
  idle.touched()
}

/** Sign in by name and password. */
export async function signIn(form: Omit<Login, 'keep'>): Promise<void> {
  await answered(api.POST('/v1/sessions', { body: { ...form, keep: 'cookie' } }))
  await begun()
}

/** Take over a session that was just opened in another way: by licence or registration. */
export async function begun(): Promise<void> {
  localStorage.setItem(HINT, 'yes')
  await refresh()
  ended.value = false
  channel?.postMessage('begun')
}

/** End the session on the server and in every tab. */
export async function signOut(): Promise<void> {
  await answered(api.DELETE('/v1/sessions/current'))
  forget()
  channel?.postMessage('signed out')
}

/** Note a new number of unread messages. */
export function unread(count: number, capped: boolean): void {
  if (me.value) me.value = { ...me.value, unread_messages: count, unread_capped: capped }
}

function forget(): void {
  localStorage.removeItem(HINT)
  dropAllUnsaved()
  me.value = null
  ended.value = false
}

function over(): void {
  if (me.value) ended.value = true
  else localStorage.removeItem(HINT)
}

onReply((problem) => {
  if (problem?.code === 'UNAUTHENTICATED') over()
  else if (problem === null && me.value && !ended.value) idle.touched()
})

idle.onEnd(() => {
  over()
  channel?.postMessage('ended')
})

channel?.addEventListener('message', ({ data }: MessageEvent<string>) => {
  if (data === 'signed out') {
    forget()
    load('/sign-in')
  } else if (data === 'ended') over()
  else void taken()
})

/** Follow a sign-in of another tab. A page of another account must not send what it holds with the new session. */
async function taken(): Promise<void> {
  const before = account.value?.id
  await refresh()
  ended.value = false
  if (before && before !== account.value?.id) load(startPage.value)
}
