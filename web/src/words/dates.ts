/** Times and dates as the guides show them: yyyy-MM-dd HH:mm:ss, of China. */

const PARTS = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Asia/Shanghai',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** A time of the API (RFC 3339) as `yyyy-MM-dd HH:mm:ss`. */
export function shownTime(time: string): string {
  const part = Object.fromEntries(PARTS.formatToParts(new Date(time)).map(({ type, value }) => [type, value]))
  return `${part['year'] ?? ''}-${part['month'] ?? ''}-${part['day'] ?? ''} ${part['hour'] ?? ''}:${part['minute'] ?? ''}:${part['second'] ?? ''}`
}

/**
 * A typed or pasted date as `yyyy-MM-dd`: 20340102, 2034/1/2, 2034.1.2 and 2034年1月2日 are understood.
 *
 * @returns the text itself if it is no date, so that the server can refuse it by name.
 */
export function readDate(text: string): string {
  const plain = text.normalize('NFKC').trim()
  const found = /^(\d{4})(\d{2})(\d{2})$/.exec(plain) ?? /^(\d{4})[-/.年\s]+(\d{1,2})[-/.月\s]+(\d{1,2})\s*日?$/.exec(plain)
  if (!found) return plain
  const [year, month, day] = found.slice(1).map(Number) as [number, number, number]
  const date = new Date(Date.UTC(year, month - 1, day))
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isReal ? `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}` : plain
}

const DAY_MS = 86_400_000

/** The day of a time of the API in China, `yyyy-MM-dd`. */
export function shownDay(time: string): string {
  return shownTime(time).slice(0, 10)
}

/** Whole days in China from the day of a time to today. */
export function daysSince(time: string, now: Date = new Date()): number {
  return Math.round((Date.parse(shownDay(now.toISOString())) - Date.parse(shownDay(time))) / DAY_MS)
}
