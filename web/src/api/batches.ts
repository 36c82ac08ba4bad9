/** Lists of acts, sent in parts as large as the server takes; what was done before a failure stays known. */
import { inParts } from '../design/cells'
import type { RowState } from '../design/table'
import { asProblem, type ApiProblem } from './problem'

export const MOST_DECISIONS = 100
export const MOST_ROWS = 500

interface Reply {
  rows: readonly (RowState & { row: number })[]
}

/**
 * Send rows part by part.
 *
 * @param rows - to send.
 * @param keyOf - names a row.
 * @param most - rows in one request.
 * @param send - sends one part.
 * @param told - is given the result of each row as it comes.
 * @returns the failure of a part, after which nothing more was sent; null if every part was answered.
 */
export async function sendRows<T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  most: number,
  send: (part: T[]) => Promise<Reply>,
  told: (key: string, state: RowState) => void,
): Promise<ApiProblem | null> {
  for (const part of inParts(rows, most)) {
    try {
      const reply = await send(part)
      reply.rows.forEach((result) => {
        const row = part[result.row]
        if (row) told(keyOf(row), result)
      })
    } catch (error) {
      return asProblem(error)
    }
  }
  return null
}
