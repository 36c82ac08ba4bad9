/** Passkeys (通行密钥): the browser takes and gives bytes, the API base64url. Loaded when somebody uses one. */
import type { NewPasskey, PasskeyCreation, PasskeyRequest, PasskeySignIn } from '../api/schema'

const MINUTES_5 = 300_000

/** Whether this browser knows passkeys, and this address can have some: an IP address cannot. */
export function canUsePasskeys(): boolean {
  return 'PublicKeyCredential' in window && !isAddress(location.hostname)
}

/** Where the same page can use passkeys, if this browser knows them: on one machine under the name `localhost`. */
export function placeWithPasskeys(): string | null {
  if (!('PublicKeyCredential' in window) || location.hostname !== '127.0.0.1') return null
  return location.href.replace('//127.0.0.1', '//localhost')
}

/** The parts of a passkey that the browser has made, or null if the user has stopped it. */
export async function made(creation: PasskeyCreation): Promise<Omit<NewPasskey, 'name'> | null> {
  const credential = await ended(navigator.credentials.create({
    publicKey: {
      rp: { id: creation.rp_id, name: document.title },
      user: { id: bytes(creation.user_handle), name: creation.user_name, displayName: creation.user_display_name },
      challenge: bytes(creation.challenge),
      pubKeyCredParams: creation.algorithms.map((alg) => ({ type: 'public-key', alg })),
      excludeCredentials: creation.exclude.map((id) => ({ type: 'public-key', id: bytes(id) })),
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      attestation: 'none',
      timeout: MINUTES_5,
    },
  }))
  if (!credential) return null
  const { clientDataJSON, attestationObject } = credential.response as AuthenticatorAttestationResponse
  return { client_data: base64url(clientDataJSON), attestation: base64url(attestationObject) }
}

/** The signature of a passkey that the user has chosen, or null if the user has stopped it. */
export async function signed(request: PasskeyRequest): Promise<Omit<PasskeySignIn, 'keep'> | null> {
  const credential = await ended(navigator.credentials.get({
    publicKey: { rpId: request.rp_id, challenge: bytes(request.challenge), allowCredentials: [], userVerification: 'required', timeout: MINUTES_5 },
  }))
  if (!credential) return null
  const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response as AuthenticatorAssertionResponse
  return {
    credential_id: base64url(credential.rawId),
    user_handle: base64url(userHandle ?? new ArrayBuffer(0)),
    client_data: base64url(clientDataJSON),
    authenticator_data: base64url(authenticatorData),
    signature: base64url(signature),
  }
}

/** Whether the browser has refused because the account has a passkey on this device. */
export function isPresent(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'InvalidStateError'
}

/** What the browser answers; null if the user has cancelled, waited too long, or has no passkey of this site. */
async function ended(asked: Promise<Credential | null>): Promise<PublicKeyCredential | null> {
  try {
    return (await asked) as PublicKeyCredential | null
  } catch (error) {
    if (error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError')) return null
    throw error
  }
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.startsWith('[')
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))
}

function base64url(buffer: ArrayBuffer): string {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('')
  return btoa(letters).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}
