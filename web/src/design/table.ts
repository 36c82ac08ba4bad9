/** What tables of chosen rows need to know about a row. */
export interface TableRow {
  key: string
  /** What the row is called, such as its number. */
  label: string
  /** Whether something can be done to it. */
  selectable: boolean
  /** Whether 全选 chooses it; a part of another row that is chosen does not need it. */
  inAll?: boolean
  /** Whether the row belongs to the one above. */
  part?: boolean
}

/** What became of a row of a list of acts. */
export interface RowState {
  outcome: 'applied' | 'unchanged' | 'refused'
  message?: string | null
  current?: { status_label: string; changed_by: string; changed_at: string } | null
}
