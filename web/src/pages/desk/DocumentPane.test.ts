import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'

import DocumentPane from './DocumentPane.vue'
import type { Document } from './documents'

const CLEAN: Document = {
  id: '/a',
  kind: 'business_licence',
  label: '营业执照副本',
  url: 'https://files.test/a',
  scan: { state: 'clean', state_label: '已扫描，未发现病毒', scanner: 'sandbox', scanner_label: '沙箱扫描器（只识别EICAR测试文件）' },
  isPicture: true,
  path: 'business_licence',
  place: null,
  isNew: false,
}

function shown(file: Document) {
  return mount(DocumentPane, { props: { files: [file], chosen: file.id, draft: { ticks: {}, reason: '' } as never, tickable: false, phrases: () => [] } })
}

test('a clean file is shown with its scan, and says if the scanner is that of the sandbox', () => {
  const pane = shown(CLEAN)
  expect(pane.find('img').attributes('src')).toBe('https://files.test/a')
  expect(pane.text()).toContain('已扫描，未发现病毒 · 沙箱扫描器（只识别EICAR测试文件）')
})

test('a file that is not clean has neither picture nor link, and says why', () => {
  const pane = shown({ ...CLEAN, url: null, scan: { state: 'infected', state_label: '发现恶意程序，已删除', scanner: 'guardduty', scanner_label: 'GuardDuty 恶意软件防护' } })
  expect(pane.find('img').exists()).toBe(false)
  expect(pane.find('a').exists()).toBe(false)
  expect(pane.text()).toContain('此文件未确认安全，不能打开：发现恶意程序，已删除。')
})
