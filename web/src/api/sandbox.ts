/** What the sandbox shows beside the pages: demo log-ins and the address of the simulated licence wallet. */
import { shallowRef } from 'vue'

export interface SandboxFacts {
  page_url: string
  demo_enterprise: string
  passwords: Record<string, Record<string, string>>
}

const facts = shallowRef<SandboxFacts | null>(null)
let asked = false

/** The facts of the sandbox; null in production, where this file is not part of the build. */
export function useSandbox(): typeof facts {
  if (__SANDBOX__ && !asked) {
    asked = true
    void fetch('/sandbox.json')
      .then((reply) => reply.json())
      .then((found: SandboxFacts) => (facts.value = found))
  }
  return facts
}
