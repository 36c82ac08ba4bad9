/** What an officer types to find enterprises: a part of the name, or the beginning of the unified social credit code. */
import type { EnterpriseSearch } from './schema'

/** Rows of one page of the list. */
export const PAGE = 20

/** The letters and digits with which a code begins: the authority that registers, and the kind of organisation. */
const CODE = /^[159ANY][0-9A-HJ-NP-RTUWXY]{3,17}$/

/** The body of the search for a typed text; four or more letters and digits that can begin a code are a code. */
export function asSearch(text: string): EnterpriseSearch {
  const typed = text.trim()
  const code = typed.normalize('NFKC').replace(/[\s\p{Pd}]/gu, '').toUpperCase()
  const isCode = CODE.test(code) && /[0-9]{3}/.test(code)
  return { name: isCode ? null : typed || null, uscc: isCode ? typed : null, limit: PAGE }
}
