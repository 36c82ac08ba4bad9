/** The correction of what was returned: saving and submitting again, and what can come between. */
import { computed, onBeforeUnmount, onMounted, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { onBeforeRouteLeave, useRouter, type RouteLocationRaw } from 'vue-router'

import { asProblem, type ApiProblem } from '../../api/problem'
import { afterInspection } from '../../api/uploads'
import { toast } from '../../design/toast'
import { common } from '../../words/common'
import { words } from '../../words/language'

const t = words(
  { saved: '已保存', resubmitted: '已重新提交', files: '文件正在上传，请稍候。' },
  { saved: 'Saved', resubmitted: 'Resubmitted', files: 'Files are still being sent.' },
)

export interface Target {
  /** The page above. */
  address: string
  /** What a save sends; null before it is read. */
  body: () => unknown
  /** Read and show what is stored; its version, or null if it cannot be changed here. */
  read: () => Promise<number | null>
  /** The version that is stored now. */
  newest: () => Promise<number>
  /** Save over a version; the new one. */
  put: (version: number) => Promise<number>
  resubmit: () => Promise<unknown>
  isSending: () => boolean
  /** A save was refused; its errors are shown until the next one. */
  refused: (hasErrors: boolean) => void
}

export interface Correcting {
  loading: Ref<boolean>
  problem: ShallowRef<ApiProblem | null>
  /** Which button is busy. */
  busy: Ref<'' | 'save' | 'resubmit'>
  refusal: Ref<string>
  errors: Ref<{ field: string; message: string }[]>
  outdated: ShallowRef<ApiProblem | null>
  hasConflict: ComputedRef<boolean>
  /** Whether it is asked if unsaved changes may be lost. */
  asksToLeave: ComputedRef<boolean>
  load: () => Promise<void>
  save: (resubmits: boolean) => Promise<void>
  /** After a conflict: show what is stored now. */
  reload: () => Promise<void>
  /** After a conflict: save the page's content over what is stored now. */
  overwrite: () => Promise<void>
  leave: () => Promise<void>
  stay: () => void
  /** 操作无效 was read: nothing on this page can be saved. */
  giveUp: () => void
}

export function useCorrecting(target: Target): Correcting {
  const router = useRouter()
  const loading = ref(true)
  const problem = shallowRef<ApiProblem | null>(null)
  const busy = ref<'' | 'save' | 'resubmit'>('')
  const refusal = ref('')
  const errors = ref<{ field: string; message: string }[]>([])
  const outdated = shallowRef<ApiProblem | null>(null)
  const goal = shallowRef<RouteLocationRaw | null>(null)
  /** Whether the save that met a conflict was a resubmission; null without a conflict. */
  const conflict = ref<{ resubmits: boolean } | null>(null)
  let version = 0
  let saved = ''
  let mayLeave = false

  const text = (): string => JSON.stringify(target.body())
  const isChanged = (): boolean => !mayLeave && target.body() !== null && text() !== saved

  async function load(): Promise<void> {
    loading.value = true
    problem.value = null
    try {
      const found = await target.read()
      if (found !== null) version = found
      saved = text()
    } catch (error) {
      problem.value = asProblem(error)
    } finally {
      loading.value = false
    }
  }

  async function save(resubmits: boolean): Promise<void> {
    if (busy.value || target.body() === null) return
    if (target.isSending()) {
      refusal.value = t('files')
      return
    }
    busy.value = resubmits ? 'resubmit' : 'save'
    refusal.value = ''
    try {
      const now = text()
      if (now !== saved) {
        version = await afterInspection(() => target.put(version))
        saved = now
      }
      errors.value = []
      if (resubmits) await target.resubmit()
      mayLeave = true
      toast(t(resubmits ? 'resubmitted' : 'saved'))
      await router.push(target.address)
    } catch (error) {
      fail(asProblem(error), resubmits)
    } finally {
      busy.value = ''
    }
  }

  function fail(why: ApiProblem, resubmits: boolean): void {
    if (why.status === 412) conflict.value = { resubmits }
    else if (why.code === 'OPERATION_INVALID') outdated.value = why
    else {
      errors.value = why.errors
      refusal.value = why.message || common('offline')
      target.refused(why.errors.length > 0)
    }
  }

  async function overwrite(): Promise<void> {
    const resubmits = conflict.value?.resubmits ?? false
    conflict.value = null
    try {
      version = await target.newest()
    } catch (error) {
      refusal.value = asProblem(error).message || common('offline')
      return
    }
    await save(resubmits)
  }

  async function reload(): Promise<void> {
    conflict.value = null
    errors.value = []
    target.refused(false)
    await load()
  }

  async function leave(): Promise<void> {
    mayLeave = true
    if (goal.value) await router.push(goal.value)
  }

  function warn(event: BeforeUnloadEvent): void {
    if (isChanged()) event.preventDefault()
  }
  onMounted(() => {
    void load()
    window.addEventListener('beforeunload', warn)
  })
  onBeforeUnmount(() => {
    window.removeEventListener('beforeunload', warn)
  })
  onBeforeRouteLeave((to) => {
    if (!isChanged()) return true
    goal.value = to.fullPath
    return false
  })

  return {
    loading,
    problem,
    busy,
    refusal,
    errors,
    outdated,
    hasConflict: computed(() => conflict.value !== null),
    asksToLeave: computed(() => goal.value !== null),
    load,
    save,
    reload,
    overwrite,
    leave,
    stay() {
      goal.value = null
    },
    giveUp() {
      mayLeave = true
      outdated.value = null
    },
  }
}
