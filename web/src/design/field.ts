/** What every field takes: a label, the error path as its name, help and error. */
export interface FieldProps {
  /** The path of the field in errors of the server, such as `persons.1.title`. */
  name: string
  label: string
  help?: string | undefined
  error?: string | undefined
  required?: boolean
  disabled?: boolean
}

/** The id of a field's control, to which the summary of errors links. */
export function controlId(name: string): string {
  return `field-${name.replace(/\./g, '-')}`
}
