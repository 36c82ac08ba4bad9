/** For ESLint, which does not read components; vue-tsc finds the components themselves. */
declare module '*.vue' {
  import type { Component } from 'vue'
  const component: Component
  export default component
}
