/** Usual texts of returns and rejections, as the server has them for the field or file that they are about. */
import type { Reference } from '../../api/reference'

/** The texts about a path such as `persons.0.photo`; none before the lists are loaded. */
export function phrasesOf(reference: Reference | undefined, path: string): readonly string[] {
  const name = path.split('.').filter((part) => !/^\d+$/.test(part)).pop() ?? ''
  return reference?.phrases.fields.find(({ field }) => field === name)?.phrases ?? []
}
