/** The invoice profiles of the enterprise as choices of the form: each with its name and tax number. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

import { answered, api } from '../../api/client'

export function useInvoiceProfiles() {
  const query = useQuery({ queryKey: ['invoice-profiles', 'form'], queryFn: () => answered(api.GET('/v1/invoice-profiles')), staleTime: 0 })
  const choices = computed(() => (query.data.value?.items ?? []).map(({ id, name, tax_number }) => ({ code: id, name: `${name}（${tax_number}）` })))
  return { query, choices }
}
