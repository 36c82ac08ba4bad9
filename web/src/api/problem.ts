/** Every failure of a call, as one type: what the server refused (problem+json), or that it was not reached. */
import type { Problem, ProblemCurrent, ProblemField } from './schema'

export const OFFLINE = 'OFFLINE'

/** Why a call failed: a code of the API, or that no reply came. */
export type FailureCode = Problem['code'] | typeof OFFLINE | 'UNKNOWN'

interface Failure extends Omit<Partial<Problem>, 'code'> {
  code?: FailureCode
}

export class ApiProblem extends Error {
  readonly status: number
  readonly code: FailureCode
  readonly errors: ProblemField[]
  readonly current: ProblemCurrent | null
  readonly requestId: string

  constructor(problem: Failure) {
    super(problem.message ?? '')
    this.name = 'ApiProblem'
    this.status = problem.status ?? 0
    this.code = problem.code ?? 'UNKNOWN'
    this.errors = problem.errors ?? []
    this.current = problem.current ?? null
    this.requestId = problem.request_id ?? ''
  }

  /** Whether repeating the same call later can succeed. */
  get isPassing(): boolean {
    return this.code === OFFLINE || this.status === 503 || this.status === 429
  }
}

/** Any caught value as a problem. */
export function asProblem(error: unknown): ApiProblem {
  return error instanceof ApiProblem ? error : new ApiProblem({ code: OFFLINE })
}
