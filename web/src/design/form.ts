/** A form that the server judges: values, errors by field, one submission at a time. */
import { computed, reactive, ref, type ComputedRef, type Ref, type UnwrapNestedRefs } from 'vue'

import { asProblem, type ApiProblem } from '../api/problem'
import { common } from '../words/common'

export interface Form<T extends object> {
  values: UnwrapNestedRefs<T>
  busy: Ref<boolean>
  /** What was refused; empty before and after success. */
  message: Ref<string>
  errors: Ref<{ field: string; message: string }[]>
  /** The error of a field, by its path. */
  errorOf: (field: string) => string | undefined
  isChanged: ComputedRef<boolean>
  /** Refuse without the server, such as when a box is not ticked. */
  refuse: (errors: { field: string; message: string }[]) => void
  /** Run an act once; its refusal becomes the errors of the form. Returns whether it succeeded. */
  submit: (act: () => Promise<unknown>) => Promise<boolean>
  /** Take over values, as saved. */
  reset: (values: T) => void
}

export function useForm<T extends object>(initial: T): Form<T> {
  const values = reactive({ ...initial })
  const saved = ref(JSON.stringify(initial))
  const busy = ref(false)
  const message = ref('')
  const errors = ref<{ field: string; message: string }[]>([])

  function refused(problem: ApiProblem): void {
    message.value = problem.message || common('offline')
    errors.value = problem.errors.map(({ field, message: text }) => ({ field, message: text }))
  }

  return {
    values,
    busy,
    message,
    errors,
    errorOf: (field) => errors.value.find((error) => error.field === field)?.message,
    isChanged: computed(() => JSON.stringify(values) !== saved.value),
    refuse(found) {
      message.value = found[0]?.message ?? ''
      errors.value = found
    },
    async submit(act) {
      if (busy.value) return false
      busy.value = true
      try {
        await act()
        message.value = ''
        errors.value = []
        return true
      } catch (error) {
        refused(asProblem(error))
        return false
      } finally {
        busy.value = false
      }
    },
    reset(next) {
      Object.assign(values, next)
      saved.value = JSON.stringify(next)
      message.value = ''
      errors.value = []
    },
  }
}
