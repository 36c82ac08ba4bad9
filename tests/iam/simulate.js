// Reads {policies, keyPolicies, requests} from the standard input and writes how IAM decides about each request.
import { runSimulation } from '@cloud-copilot/iam-simulate'

const ACCOUNT = '111122223333'
let text = ''
for await (const part of process.stdin) text += part
const { policies, keyPolicies, requests } = JSON.parse(text)
const decided = []
for (const { role, action, resource, context } of requests) {
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/${role}`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { 'aws:PrincipalAccount': ACCOUNT, ...context },
      },
      identityPolicies: [{ name: role, policy: policies[role] }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: keyPolicies[resource],
    },
    {},
  )
  if (result.resultType === 'error') throw new Error(`${role} ${action} ${resource}: ${JSON.stringify(result.errors)}`)
  const ignored = (result.ignoredContextKeys ?? result.result?.ignoredContextKeys ?? []).filter((key) => key in context)
  decided.push({ decision: result.overallResult, ignored })
}
process.stdout.write(JSON.stringify(decided))
