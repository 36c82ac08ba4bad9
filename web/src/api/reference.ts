/** The lists that forms are built from. The browser keeps them and asks with an ETag. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import { language } from '../words/language'
import { answered, api } from './client'

export interface Named {
  code: string
  name: string
}

export interface Office extends Named {
  kind: string
  required_attachments: { person: string[]; group: string[] }
  passport_months: number
  choosable: boolean
  points: { name: string; address: string; telephone: string }[]
}

export interface AttachmentKind extends Named {
  content_types: string[]
  max_bytes: number
  pixels: { least: number[]; most: number[]; ratio: number[] } | null
}

export interface Reference {
  economies: (Named & { decides: boolean })[]
  offices: Office[]
  attachment_kinds: AttachmentKind[]
  enterprise_kinds: Named[]
  industries: Named[]
  services: (Named & { yuan_per_card: number })[]
  statuses: (Named & { next_step: string | null })[]
  replace_cases: Named[]
  checklists: Checklist[]
  decisions: Named[]
  sexes: Named[]
  passport_kinds: Named[]
  pickup_methods: Named[]
  phrases: { fields: { field: string; phrases: string[] }[]; reject: string[] }
  terms: (Named & { version: string; text: string })[]
  limits: Record<'persons' | 'agents' | 'drafts' | 'invoice_profiles' | 'draft_days' | 'page' | 'password_min', number>
}

export interface Checklist {
  offices: string[]
  service: string
  case: string | null
  level: string
  items: { kind: string; name: string; required: boolean }[]
}

export interface Province {
  code: string
  name: string
  /** Districts of a municipality. */
  districts?: [string, string][]
  cities?: { code: string; name: string; districts: [string, string][] }[]
}

const FOREVER = { staleTime: Infinity, gcTime: Infinity }

export function useReference(): ComputedRef<Reference | undefined> {
  const query = useQuery({
    queryKey: ['reference', language],
    queryFn: async () => (await answered(api.GET('/v1/reference'))) as unknown as Reference,
    ...FOREVER,
  })
  return computed(() => query.data.value)
}

export function useRegions(): ComputedRef<Province[]> {
  const query = useQuery({
    queryKey: ['regions'],
    queryFn: async () => (await answered(api.GET('/v1/reference/regions'))) as unknown as { provinces: Province[] },
    ...FOREVER,
  })
  return computed(() => (query.data.value?.provinces ?? []))
}
