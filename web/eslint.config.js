import { readdirSync } from 'node:fs'

import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

const pages = readdirSync(new URL('./src/pages', import.meta.url))

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/api/schema.ts'] },
  ...ts.configs.strictTypeChecked,
  ...vue.configs['flat/recommended'],
  {
    languageOptions: {
      parserOptions: {
        parser: ts.parser,
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
      },
    },
    rules: {
      // Names of components are those of their files; a page is one word as its address is.
      'vue/multi-word-component-names': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/require-default-prop': 'off',
      // Trusted Types allow the policy of Vue only: no page writes markup from text.
      'vue/no-v-html': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  ...pages.map((page) => ({
    files: [`src/pages/${page}/**`],
    rules: {
      'no-restricted-imports': ['error', {
        patterns: [{ regex: `/pages/(?!${page}/)|^\\.\\./(?!\\.\\./)`, message: 'Pages import design, api, session and words, never each other.' }],
      }],
    },
  })),
  { files: ['eslint.config.js'], ...ts.configs.disableTypeChecked },
)
