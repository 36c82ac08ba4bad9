/** Cells copied from a spreadsheet: lines with tabs, or with commas or spaces where they were typed. */

/**
 * The cells of a pasted text, by line; empty lines are left out but counted.
 *
 * @returns the number of each line, counted from 1, with its cells.
 */
export function pastedCells(text: string): { line: number; cells: string[] }[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((row, index) => ({ line: index + 1, cells: split(row) }))
    .filter(({ cells }) => cells.some(Boolean))
}

function split(row: string): string[] {
  const separator = row.includes('\t') ? /\t/ : /\s*[,，;；]\s*|\s+/
  return (row.includes('\t') ? row : row.trim()).split(separator).map((cell) => cell.normalize('NFKC').trim().replace(/^"(.*)"$/, '$1'))
}

/** A list in parts of at most so many entries. */
export function inParts<T>(entries: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(entries.length / most) }, (_, part) => entries.slice(part * most, (part + 1) * most))
}
