/** The group and each of its persons, as places to look at. */
export interface Place {
  /** The place of the person, from 0; null for the group itself. */
  place: number | null
  name: string
  status: string
  ticks: number
  corrected: boolean
  warned: boolean
}
