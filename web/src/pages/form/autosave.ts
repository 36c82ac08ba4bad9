/** Saves a content by itself: some time after the last change, one request at a time, each on top of the version before. */
import { asProblem, type ApiProblem } from '../../api/problem'

/** `failing` is tried again by itself; `conflict`, `refused` and `ended` wait for the user. */
export type SaveState = 'saved' | 'changed' | 'saving' | 'failing' | 'conflict' | 'refused' | 'ended'

export interface Stored {
  /** The content as `Ports.content` would give it. */
  text: string
  version: number
}

export interface Ports {
  /** The content now, as text that can be compared. */
  content: () => string
  /** Save a content over a version; the new version. */
  put: (text: string, version: number) => Promise<number>
  /** What is stored now. */
  read: () => Promise<Stored>
  /** Do something later; the result takes it back. */
  later: (ms: number, act: () => void) => () => void
  told: (state: SaveState, problem: ApiProblem | null) => void
}

/** What has to be known to save the same content from another page. */
export interface Basis {
  /** The version below the content. */
  version: number
  /** Contents that were sent without an answer: each may have been stored. */
  sent: readonly string[]
}

export const PAUSE_MS = 1500
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 30_000

export class Autosave {
  private stored: Stored
  private running: Promise<void> | null = null
  private takeBack: (() => void) | null = null
  private failures = 0
  private isHeld = false
  private isStopped = false
  private state: SaveState = 'saved'
  private unanswered: string[]
  /** The content of the request that is under way. */
  private underWay: string | null = null

  /**
   * @param stored - what the server has.
   * @param basis - of a content that another page could not save; without it the content of the page is what is stored.
   */
  constructor(
    private readonly ports: Ports,
    stored: Stored,
    basis: Basis | null = null,
  ) {
    this.stored = basis ? { text: '', version: basis.version } : stored
    this.unanswered = [...(basis?.sent ?? [])]
  }

  get basis(): Basis {
    return { version: this.stored.version, sent: this.underWay === null ? this.unanswered : [...this.unanswered, this.underWay] }
  }

  get isSaved(): boolean {
    return !this.running && this.ports.content() === this.stored.text
  }

  /** The content may have changed. */
  changed(): void {
    if (this.state === 'conflict' || this.state === 'ended' || this.running) return
    if (this.isSaved) {
      if (this.state === 'changed') this.tell('saved')
      return
    }
    if (this.state !== 'failing') {
      this.tell('changed')
      this.after(PAUSE_MS)
    }
  }

  /** While an input method composes, nothing is saved. */
  hold(isHeld: boolean): void {
    this.isHeld = isHeld
    if (!isHeld) this.changed()
  }

  /** Save now what is not saved; whether all of it is. */
  async flush(): Promise<boolean> {
    this.cancel()
    while (this.running) await this.running
    if (this.state === 'conflict' || this.state === 'ended') return false
    while (!this.isSaved) {
      await this.once()
      if (this.state !== 'saved' && this.state !== 'changed') return false
    }
    return true
  }

  /** The network or the session is back. */
  resume(): void {
    if (this.state !== 'failing' && this.state !== 'ended') return
    this.failures = 0
    this.tell('changed')
    void this.flush()
  }

  /** After a conflict: the content of the page replaces what is stored. */
  async overwrite(): Promise<boolean> {
    try {
      this.stored = { text: '', version: (await this.ports.read()).version }
    } catch (error) {
      this.tell('conflict', asProblem(error))
      return false
    }
    this.tell('changed')
    return this.flush()
  }

  /** Save nothing more: the draft is submitted or the page is gone. */
  stop(): void {
    this.isStopped = true
    this.cancel()
  }

  private cancel(): void {
    this.takeBack?.()
    this.takeBack = null
  }

  private after(ms: number): void {
    this.cancel()
    if (this.isStopped) return
    this.takeBack = this.ports.later(ms, () => {
      this.takeBack = null
      if (!this.isHeld) void this.once()
    })
  }

  private async once(): Promise<void> {
    if (this.isStopped || this.running) return
    this.running = this.save()
    await this.running
    this.running = null
    // What was typed meanwhile waits for its own pause.
    if (this.state === 'saved') this.changed()
  }

  private async save(): Promise<void> {
    const text = this.ports.content()
    this.underWay = text
    this.tell('saving')
    try {
      this.saved({ text, version: await this.ports.put(text, this.stored.version) })
    } catch (error) {
      await this.failed(asProblem(error), text)
    } finally {
      this.underWay = null
    }
  }

  private saved(stored: Stored): void {
    this.stored = stored
    this.unanswered = []
    this.failures = 0
    this.tell('saved')
  }

  private async failed(problem: ApiProblem, text: string): Promise<void> {
    if (problem.isPassing || problem.status >= 500) {
      this.unanswered.push(text)
      this.retry(problem)
    } else if (problem.status === 401) this.tell('ended', problem)
    else if (problem.status === 412) await this.compare(problem)
    else this.tell('refused', problem)
  }

  /** The version is another one: perhaps from a save of this page whose answer was lost. */
  private async compare(problem: ApiProblem): Promise<void> {
    if (!this.unanswered.length) {
      this.tell('conflict', problem)
      return
    }
    try {
      const found = await this.ports.read()
      if (this.unanswered.includes(found.text)) this.saved(found)
      else this.tell('conflict', problem)
    } catch (error) {
      this.retry(asProblem(error))
    }
  }

  private retry(problem: ApiProblem): void {
    this.tell('failing', problem)
    this.after(Math.min(FIRST_RETRY_MS * 2 ** this.failures++, LAST_RETRY_MS))
  }

  private tell(state: SaveState, problem: ApiProblem | null = null): void {
    this.state = state
    this.ports.told(state, problem)
  }
}
