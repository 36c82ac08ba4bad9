/** Files on their way, of every owner and kind; they go on while another person or step is open. */
import { useUploads, type Uploads } from '../../api/uploads'
import type { Attached } from './content'

export interface Sending {
  of: (owner: string, kind: string) => Uploads
  /** Send files; each joins `files` when it has arrived. */
  add: (owner: string, kind: string, chosen: readonly File[], files: Attached[]) => Promise<void>
  repeat: (owner: string, kind: string, key: string, files: Attached[]) => Promise<void>
  isSending: () => boolean
}

export function useSending(): Sending {
  const all = new Map<string, Uploads>()

  function of(owner: string, kind: string): Uploads {
    const name = `${owner}/${kind}`
    const found = all.get(name) ?? useUploads(kind)
    all.set(name, found)
    return found
  }

  function arrived(uploads: Uploads, files: Attached[]): void {
    for (const { key, id, filename, state } of [...uploads.entries]) {
      if (state !== 'done' || !id) continue
      files.push({ id, kind: uploads.kind, filename })
      uploads.remove(key)
    }
  }

  return {
    of,
    async add(owner, kind, chosen, files) {
      const uploads = of(owner, kind)
      await Promise.all(
        chosen.map(async (file) => {
          await uploads.add([file])
          arrived(uploads, files)
        }),
      )
    },
    async repeat(owner, kind, key, files) {
      const uploads = of(owner, kind)
      await uploads.repeat(key)
      arrived(uploads, files)
    },
    isSending: () => [...all.values()].some((uploads) => uploads.isSending()),
  }
}
