/** The menu of signed-in users (A04): 专属服务 with 我的申请单 and 我的草稿, 消息中心, 账号设置. */
import { computed } from 'vue'

import type { IconName } from '../design/icons'
import { current } from '../session/current'
import { words } from '../words/language'

const t = words(
  { service: '专属服务', apec: 'APEC', applications: '我的申请单', drafts: '我的草稿', waiting: '审批用时', messages: '消息中心', settings: '账号设置' },
  { service: 'Services', apec: 'APEC', applications: 'My applications', drafts: 'My drafts', waiting: 'Waiting times', messages: 'Messages', settings: 'Account settings' },
)

export interface MenuItem {
  to: string
  name: string
  icon: IconName
  count?: string
}

export interface MenuGroup {
  name: string
  items: MenuItem[]
}

export const menu = computed<MenuGroup[]>(() => {
  const unread = current.value?.unread_messages ?? 0
  const count = unread ? `${unread}${current.value?.unread_capped ? '+' : ''}` : ''
  return [
    {
      name: `${t('service')} · ${t('apec')}`,
      items: [
        { to: '/applications', name: t('applications'), icon: 'list' },
        { to: '/drafts', name: t('drafts'), icon: 'draft' },
      ],
    },
    {
      name: t('messages'),
      items: [{ to: '/messages', name: t('messages'), icon: 'message', ...(count ? { count } : {}) }],
    },
    { name: t('settings'), items: [{ to: '/account', name: t('settings'), icon: 'person' }] },
  ]
})
