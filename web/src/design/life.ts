/** One step in the life of an application. */
export interface LifeStep {
  name: string
  state: 'done' | 'current' | 'stopped' | 'coming'
  /** Its day, or how far it is. */
  note?: string | undefined
}
