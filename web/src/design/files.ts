/** One file of a field, as shown. */
export interface FileEntry {
  /** A name of the entry within the page. */
  key: string
  filename: string
  /** `sending` with `percent`, `done`, or `failed` with `error`. */
  state: 'sending' | 'done' | 'failed'
  percent?: number
  error?: string
  /** The id of the attachment that is sent, whose scan is shown. */
  id?: string | null
}
