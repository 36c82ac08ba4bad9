/** What failed sign-ins refuse to user names: read for one name, or for all agents of an enterprise. */
import { answered, api } from '../../api/client'
import { asProblem } from '../../api/problem'
import type { LockedName, SignInLock } from '../../api/schema'

export interface LockRow {
  /** How the calls name the account. */
  named: LockedName
  /** The user name; that of an agent of a list is masked. */
  login: string
  role: 'agent' | 'officer'
  /** The person behind the user name, where it is known. */
  name: string
  /** `null` if the account was deleted meanwhile. */
  lock: SignInLock | null
}

/** What failed sign-ins refuse now. */
export function readLock(named: LockedName): Promise<SignInLock> {
  return answered(api.POST('/v1/office/sign-in-locks/search', { body: named }))
}

/** The enterprise and the rows of all its agents. */
export async function locksOfEnterprise(id: string): Promise<{ name: string; rows: LockRow[] }> {
  const { enterprise, agents } = await answered(api.GET('/v1/office/enterprises/{enterprise_id}', { params: { path: { enterprise_id: id } } }))
  const rows = agents.map(async (agent): Promise<LockRow> => {
    const row = { named: { enterprise_id: id, agent_id: agent.id }, login: agent.username, role: 'agent', name: agent.name } as const
    try {
      return { ...row, lock: await readLock(row.named) }
    } catch (error) {
      // Deleted after the list was read: the others are shown.
      if (asProblem(error).status === 404) return { ...row, lock: null }
      throw error
    }
  })
  return { name: enterprise.name, rows: await Promise.all(rows) }
}
