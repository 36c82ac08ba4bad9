/** 打印件 of an enterprise, with everything in clear. */
import { answered, api, newKey } from '../../api/client'
import { signedReceipts } from '../../api/letters'
import type { ApplicationReply } from '../../api/schema'
import { hasCards, type Letter } from '../../design/letters'

/** The official letter is the office's own. */
export type OwnLetter = Exclude<Letter, 'official_letter'>

export function lettersOf({ persons, status }: ApplicationReply, history: readonly { action: string }[]): OwnLetter[] {
  return ['application_form', 'receipt', ...signedReceipts(status, history), ...(hasCards(persons) ? (['card_list'] as const) : [])]
}

export function makeLetter(number: string, kind: OwnLetter): Promise<{ url: string; filename: string }> {
  const params = { path: { number, kind }, header: newKey() }
  return answered(api.POST('/v1/applications/{number}/letters/{kind}', { params, body: {} }))
}
