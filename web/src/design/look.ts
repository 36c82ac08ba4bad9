/** 大字 and 深色, kept in the browser; without a choice the theme is that of the system. */
import { computed, ref, watchEffect } from 'vue'

type Theme = 'light' | 'dark'

const system: Theme = window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
const theme = ref<Theme>((localStorage.getItem('theme') as Theme | null) ?? system)
const large = ref(localStorage.getItem('text') === 'large')

watchEffect(() => {
  document.documentElement.dataset['theme'] = theme.value
  document.documentElement.dataset['text'] = large.value ? 'large' : 'normal'
})

export const isDark = computed(() => theme.value === 'dark')
export const isLarge = computed(() => large.value)

export function switchTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark'
  localStorage.setItem('theme', theme.value)
}

export function switchText(): void {
  large.value = !large.value
  localStorage.setItem('text', large.value ? 'large' : 'normal')
}
