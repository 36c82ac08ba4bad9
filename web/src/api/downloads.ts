/** Files that the server has made. */

/** Save a file under its name. */
export function save(file: { url: string; filename: string }): void {
  const link = document.createElement('a')
  link.href = file.url
  link.download = file.filename
  link.click()
}
