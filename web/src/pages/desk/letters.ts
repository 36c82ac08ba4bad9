/** 打印件 of an office, with personal numbers masked: what the officer of an office or of the consular department prints. */
import { answered, api, newKey } from '../../api/client'
import { signedReceipts } from '../../api/letters'
import type { ApplicationReply } from '../../api/schema'
import { hasCards, type Letter } from '../../design/letters'

export function lettersOf(application: ApplicationReply, isConsular: boolean): Letter[] {
  const own: Letter[] = isConsular ? ['application_form'] : ['application_form', 'receipt', 'official_letter']
  return [...own, ...signedReceipts(application.status, application.history), ...(hasCards(application.persons) ? (['card_list'] as const) : [])]
}

export function makeLetter(number: string, kind: Letter): Promise<{ url: string; filename: string }> {
  const params = { path: { number, kind }, header: newKey() }
  return answered(api.POST('/v1/office/applications/{number}/letters/{kind}', { params, body: {} }))
}
