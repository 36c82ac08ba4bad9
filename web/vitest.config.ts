import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  define: { __SANDBOX__: 'false', __PATHS_BEHIND_HASH__: 'false' },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'], reporters: ['dot'] },
})
