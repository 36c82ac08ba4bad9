/** Rows that were copied from Excel or WPS, as persons of a draft. Only spellings are changed: the server judges. */
import { readDate } from '../../words/dates'
import { PERSON } from './content'

export const COLUMNS = [...PERSON.slice(0, 15), 'first_time', ...PERSON.slice(15)] as const
export type Column = (typeof COLUMNS)[number]

/** The header of the template, in the order of its columns. */
export const HEADER = ['姓名', '姓（拼音）', '名（拼音）', '性别', '出生日期', '身份证号', '护照种类', '护照号', '护照签发日期', '护照有效期至', '护照签发地', '职务', '职务（英文）', '手机号', '邮箱', '是否首次申办', '原卡卡号', '原卡有效期']
const NUMBERS: readonly Column[] = ['id_number', 'passport_number', 'phone', 'previous_card_number']
const YES: Record<string, boolean> = { 是: true, 否: false, yes: true, no: false, true: true, false: false }
/** How Excel shows and copies a number of more digits than it keeps. */
const ROUNDED = /^\d(?:\.\d+)?E\+?\d+$/i

export interface Pasted {
  /** What each column is; null for one that no field has. */
  columns: (Column | null)[]
  rows: { cells: string[]; person: Partial<Record<Column, string | boolean | null>>; refused: { field: Column; reason: 'rounded' | 'choice' }[] }[]
}

export type Choices = Partial<Record<Column, readonly { code: string; name: string }[]>>

/** The cells of copied rows: separated by tabs; a cell in quotes may have tabs, line ends and doubled quotes. */
export function sheetCells(text: string): string[][] {
  const rows: string[][] = [[]]
  const cell = /(?:"((?:[^"]|"")*)"(?=[\t\r\n]|$)|([^\t\r\n]*))(\t|\r\n|\r|\n|$)/y
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text)
    if (!found) break
    const [, quoted, plain, end] = found
    rows[rows.length - 1]?.push((quoted?.replace(/""/g, '"') ?? plain ?? '').trim())
    if (end !== '\t' && end) rows.push([])
    // After a last tab there is one more cell, which is empty.
    if (end === '\t' && cell.lastIndex === text.length) rows[rows.length - 1]?.push('')
  }
  return rows.filter((row) => row.some(Boolean))
}

function plain(title: string): string {
  return title.normalize('NFKC').replace(/[\s*]/g, '').toLowerCase()
}

/** The columns by the titles in a row; null if it is no header. */
function headerOf(row: readonly string[], titles: readonly string[]): (Column | null)[] | null {
  const known = new Map<string, Column>()
  COLUMNS.forEach((column, place) => [HEADER[place], titles[place]].forEach((title) => title && known.set(plain(title), column)))
  const columns = row.map((title) => known.get(plain(title)) ?? null)
  return columns.filter((column) => column !== null).length * 2 > row.filter(Boolean).length ? columns : null
}

/**
 * Read copied rows.
 *
 * @param text - as the clipboard has it.
 * @param titles - titles of `COLUMNS` in the language of the page, known besides the template's.
 * @param choices - codes and names of the fields that are chosen from a list.
 */
export function readPasted(text: string, titles: readonly string[], choices: Choices): Pasted {
  const rows = sheetCells(text)
  const header = rows[0] ? headerOf(rows[0], titles) : null
  const width = Math.max(0, ...rows.map((row) => row.length))
  const columns = header ?? Array.from({ length: width }, (_, place) => COLUMNS[place] ?? null)
  return { columns, rows: rows.slice(header ? 1 : 0).map((cells) => readRow(cells, columns, choices)) }
}

function readRow(cells: string[], columns: Pasted['columns'], choices: Choices): Pasted['rows'][number] {
  const row: Pasted['rows'][number] = { cells, person: {}, refused: [] }
  columns.forEach((column, place) => {
    const cell = cells[place]
    if (!column || !cell) return
    if (NUMBERS.includes(column) && ROUNDED.test(cell)) row.refused.push({ field: column, reason: 'rounded' })
    else if (column === 'first_time') {
      const answer = YES[cell.toLowerCase()]
      if (answer === undefined) row.refused.push({ field: column, reason: 'choice' })
      else row.person[column] = answer
    } else if (/_on$|_date$/.test(column)) row.person[column] = readDate(cell)
    else row.person[column] = choices[column]?.find(({ name, code }) => name === cell || code === cell)?.code ?? cell
  })
  return row
}
