/** Files of a form: each is announced, sent to the bucket with its progress, and waits there for the form that names it. */
import { reactive } from 'vue'

import type { FileEntry } from '../design/files'
import { common } from '../words/common'
import { answered, api } from './client'
import { asProblem } from './problem'
import { follow } from './scans'

export interface UploadEntry extends FileEntry {
  file: File
  /** The id of the attachment, as soon as it is announced. */
  id: string | null
}

/** The files of one kind. */
export interface Uploads {
  kind: string
  entries: UploadEntry[]
  add: (files: readonly File[]) => Promise<void>
  repeat: (key: string) => Promise<void>
  remove: (key: string) => void
  /** The ids of the files that are in the bucket. */
  ids: () => string[]
  isSending: () => boolean
}

let last = 0

export function useUploads(kind: string): Uploads {
  const entries = reactive<UploadEntry[]>([])

  async function send(entry: UploadEntry): Promise<void> {
    entry.state = 'sending'
    entry.percent = 0
    try {
      const { name, type, size } = entry.file
      const announced = await answered(api.POST('/v1/attachments', { body: { kind, filename: name, content_type: type, size } }))
      entry.id = announced.id
      await post(announced.upload.url, announced.upload.fields, entry.file, (percent) => (entry.percent = percent))
      entry.state = 'done'
      void follow([announced.id])
    } catch (error) {
      const problem = asProblem(error)
      entry.state = 'failed'
      entry.error = problem.errors[0]?.message ?? (problem.message || common('offline'))
    }
  }

  return {
    entries,
    kind,
    async add(files) {
      const added = files.map((file): UploadEntry => ({ key: `${kind}-${String(++last)}`, filename: file.name, state: 'sending', percent: 0, file, id: null }))
      entries.push(...added)
      // The entries in the list are reactive, those pushed are not.
      await Promise.all(entries.slice(-added.length).map(send))
    },
    async repeat(key) {
      const entry = entries.find((each) => each.key === key)
      if (entry) await send(entry)
    },
    remove(key) {
      const place = entries.findIndex((entry) => entry.key === key)
      if (place >= 0) entries.splice(place, 1)
    },
    ids: () => entries.flatMap(({ state, id }) => (state === 'done' && id ? [id] : [])),
    isSending: () => entries.some(({ state }) => state === 'sending'),
  }
}

const TRIES = 40
const QUICK_TRIES = 15
const PAUSE_MS = 1000
const LONG_PAUSE_MS = 3000

/**
 * Make a call that names uploaded files; while they are being scanned and inspected, it is repeated, for 90 seconds.
 *
 * @throws ApiProblem of the last try.
 */
export async function afterInspection<T>(call: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left--) {
    try {
      return await call()
    } catch (error) {
      const { errors } = asProblem(error)
      if (!left || !errors.length || errors.some(({ code }) => code !== 'ATTACHMENT_PENDING')) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, left > TRIES - QUICK_TRIES ? PAUSE_MS : LONG_PAUSE_MS))
  }
}

/** Post a file to the bucket; fetch() tells nothing of its progress. */
function post(url: string, fields: Record<string, string>, file: File, progress: (percent: number) => void): Promise<void> {
  const form = new FormData()
  Object.entries(fields).forEach(([name, value]) => form.append(name, value))
  form.append('file', file)
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.upload.onprogress = ({ loaded, total }) => progress(Math.floor((100 * loaded) / total))
    request.onload = () => (request.status < 300 ? resolve() : reject(new Error(String(request.status))))
    request.onerror = () => reject(new Error('not reached'))
    request.open('POST', url)
    request.send(form)
  })
}
