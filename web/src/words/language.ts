/** The language of the pages: Chinese, or English by a switch. Kept in the browser. */
import { ref, watchEffect } from 'vue'

export type Language = 'zh' | 'en'

const KEY = 'language'

export const language = ref<Language>(localStorage.getItem(KEY) === 'en' ? 'en' : 'zh')

watchEffect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
  localStorage.setItem(KEY, language.value)
})

type Values = Record<string, string | number>

/**
 * The words of one page or component, in both languages.
 *
 * @returns a function that gives a text by its key, with `{name}` replaced by values.
 */
export function words<K extends string>(
  zh: Record<K, string>,
  en: Record<NoInfer<K>, string>,
): (key: K, values?: Values) => string {
  return (key, values = {}) => fill((language.value === 'zh' ? zh : en)[key], values)
}

/** A text with `{name}` replaced by values; a name without a value stays. */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}
