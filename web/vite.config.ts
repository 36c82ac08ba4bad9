import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const PARTS = /[\\/]src[\\/]design[\\/](?:ActionButton|Breadcrumb|FormField|LoadedPart|StatusTag|TextField|field|status)\b/

// `--mode sandbox` adds what only `make run` shows: the page of components and the wallet beside a QR code. `--mode china`
// puts the paths of pages behind `#`.
export default defineConfig(({ mode }) => ({
  plugins: [vue()],
  define: {
    __SANDBOX__: JSON.stringify(mode === 'sandbox'),
    __PATHS_BEHIND_HASH__: JSON.stringify(mode === 'china'),
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
  },
  build: {
    target: ['chrome86', 'safari14'],
    cssTarget: 'chrome86',
    // Files that would become data: addresses are refused by the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Nearly every page shows these; each file of its own would bring its own headers.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'parts', test: PARTS }] } } },
    // The notices that the licences of bundled packages ask for; docs/licences.md and the SBOM are made from it.
    license: { fileName: 'licences.json' },
  },
  server: {
    proxy: { '/v1': 'http://127.0.0.1:8000', '/sandbox.json': 'http://127.0.0.1:8000' },
  },
}))
