import './design/tokens.css'
import './design/base.css'

import { VueQueryPlugin, type VueQueryPluginOptions } from '@tanstack/vue-query'
import { createApp } from 'vue'

import { asProblem } from './api/problem'
import App from './App.vue'
import { router } from './router'
import { watchPage } from './shell/reports'
import { entryOf, watchVersion } from './shell/version'

const TRIES = 2

const queries: VueQueryPluginOptions = {
  queryClientConfig: {
    defaultOptions: {
      queries: {
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < TRIES && asProblem(error).isPassing,
        staleTime: 10_000,
      },
    },
  },
}

const entry = entryOf(document.head.innerHTML)
watchVersion(entry)
watchPage(entry, () => router.currentRoute.value.matched.slice(-1)[0]?.path ?? '/')
createApp(App).use(VueQueryPlugin, queries).use(router).mount('#app')
