/** The menu of signed-in users: of enterprises (A04) 专属服务, 消息中心, 账号设置; of officers their desk and its lists. */
import { computed } from 'vue'

import type { IconName } from '../design/icons'
import { current, isConsular, isOfficer } from '../session/current'
import { words } from '../words/language'

const t = words(
  { service: '专属服务', apec: 'APEC', applications: '我的申请单', drafts: '我的草稿', waits: '审批用时', messages: '消息中心', settings: '账号设置', review: '审核', desk: '审核工作台', files: '申请与人员', economies: '经济体审批结果', cards: '制卡与领卡', management: '管理', enterprises: '企业', statistics: '统计', mail: '邮件', locks: '登录限制' },
  { service: 'Services', apec: 'APEC', applications: 'My applications', drafts: 'My drafts', waits: 'Waiting times', messages: 'Messages', settings: 'Account settings', review: 'Review', desk: 'Desk', files: 'Applications and persons', economies: 'Answers of economies', cards: 'Cards', management: 'Management', enterprises: 'Enterprises', statistics: 'Statistics', mail: 'Mail', locks: 'Sign-in locks' },
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

/** 账号设置: officers have no profile of an enterprise, so theirs begins with the password. */
export const accountPage = computed(() => (isOfficer.value ? '/account/password' : '/account'))

export const menu = computed<MenuGroup[]>(() => [
  ...(isOfficer.value ? ofOfficers() : ofEnterprises()),
  { name: t('settings'), items: [{ to: accountPage.value, name: t('settings'), icon: 'person' }] },
])

function ofEnterprises(): MenuGroup[] {
  const unread = current.value?.unread_messages ?? 0
  const count = unread ? `${unread}${current.value?.unread_capped ? '+' : ''}` : ''
  return [
    {
      name: `${t('service')} · ${t('apec')}`,
      items: [
        { to: '/applications', name: t('applications'), icon: 'list' },
        { to: '/drafts', name: t('drafts'), icon: 'draft' },
        { to: '/waiting-times', name: t('waits'), icon: 'clock' },
      ],
    },
    {
      name: t('messages'),
      items: [{ to: '/messages', name: t('messages'), icon: 'message', ...(count ? { count } : {}) }],
    },
  ]
}

function ofOfficers(): MenuGroup[] {
  const ofConsular: MenuItem[] = isConsular.value ? [{ to: '/economies', name: t('economies'), icon: 'check' }] : []
  const accounts: MenuItem[] = isConsular.value
    ? [
        { to: '/mail', name: t('mail'), icon: 'message' },
        { to: '/sign-in-locks', name: t('locks'), icon: 'alert' },
      ]
    : []
  return [
    {
      name: t('review'),
      items: [
        { to: '/desk', name: t('desk'), icon: 'eye' },
        { to: '/files', name: t('files'), icon: 'list' },
        ...ofConsular,
        { to: '/cards', name: t('cards'), icon: 'card' },
      ],
    },
    {
      name: t('management'),
      items: [
        { to: '/enterprises', name: t('enterprises'), icon: 'search' },
        { to: '/statistics', name: t('statistics'), icon: 'clock' },
        ...accounts,
      ],
    },
  ]
}
