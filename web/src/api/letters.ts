/** Signed receipts (decision 0085). */
import type { ApplicationReply } from './schema'

const DECISIONS: readonly string[] = ['pass', 'return', 'reject']

/** The receipts that an application has, by its status and the known history: of a decision as soon as somebody has decided. */
export function signedReceipts(status: ApplicationReply['status'], history: readonly { action: string }[]): ('submission_receipt' | 'decision_receipt')[] {
  const isDecided = (status !== 'FAO_REVIEW' && status !== 'WITHDRAWN') || history.some(({ action }) => DECISIONS.includes(action))
  return isDecided ? ['submission_receipt', 'decision_receipt'] : ['submission_receipt']
}
