/** What the server offers the reader to do now. Pages show these offers and decide nothing by themselves. */
import { answered, api } from './client'
import type { ActionOffer } from './schema'

type Dynamic = (path: string, options: { body: unknown; headers: Record<string, string> }) => Promise<{ data?: unknown; error?: unknown; response: Response }>

/** The offer of an action, if the server makes it. */
export function offerOf(offers: readonly ActionOffer[] | undefined, action: ActionOffer['action']): ActionOffer | undefined {
  return offers?.find((offer) => offer.action === action)
}

/**
 * Do what an offer says, with its path, body and version.
 *
 * @param filledIn - the fields that the reader fills in.
 * @throws ApiProblem `OPERATION_INVALID` if something has changed since the offer was read.
 */
export async function take(offer: ActionOffer, filledIn: Record<string, unknown> = {}): Promise<void> {
  // The paths of offers are data; openapi-fetch knows literal ones only.
  const send = (offer.method === 'PUT' ? api.PUT : api.POST) as unknown as Dynamic
  const headers: Record<string, string> = offer.if_match ? { 'If-Match': offer.if_match } : {}
  await answered(send(offer.path.startsWith('/v1') ? offer.path : `/v1${offer.path}`, { body: { ...offer.body, ...filledIn }, headers }))
}
