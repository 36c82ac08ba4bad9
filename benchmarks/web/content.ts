export const economies = Array.from({ length: 16 }, (_, place) => `经济体${place + 1}`)
const DECISIONS = [
  { text: '批准', type: 'success' },
  { text: '拒签', type: 'warning' },
  { text: '审批中', type: 'info' },
] as const
export const persons = Array.from({ length: 90 }, (_, row) => ({
  number: `APEC20260101000001-${String(row + 1).padStart(2, '0')}`,
  name: `测试${row + 1}`,
  decisions: economies.map((_, place) => DECISIONS[(row + place) % DECISIONS.length]),
}))
