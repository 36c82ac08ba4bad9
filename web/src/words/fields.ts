/** The names of the fields of applications, by their paths in errors and in the remarks of officers. */
import { words } from './language'

const NAMES = {
  group_name: ['团组名称', 'Group name'],
  office: ['申请外办', 'Office'],
  contact: ['联系人', 'Contact'],
  contact_phone: ['联系电话', 'Contact telephone'],
  contact_email: ['联系邮箱', 'Contact e-mail'],
  reason: ['申请事由', 'Reason'],
  pickup: ['取卡方式', 'Collection of the card'],
  method: ['取卡方式', 'Collection of the card'],
  point: ['代办点', 'Collection point'],
  recipient: ['收件人', 'Recipient'],
  address: ['地址', 'Address'],
  invoice_profile_id: ['发票信息', 'Invoice profile'],
  attachments: ['材料', 'Documents'],
  persons: ['团组成员', 'Members'],
  name: ['姓名', 'Name'],
  surname_pinyin: ['姓（拼音）', 'Surname (pinyin)'],
  given_name_pinyin: ['名（拼音）', 'Given name (pinyin)'],
  sex: ['性别', 'Sex'],
  birth_date: ['出生日期', 'Date of birth'],
  id_number: ['身份证号', 'Identity number'],
  passport_kind: ['护照种类', 'Kind of passport'],
  passport_number: ['护照号', 'Passport number'],
  passport_issued_on: ['护照签发日期', 'Passport issued on'],
  passport_expires_on: ['护照有效期至', 'Passport valid until'],
  passport_place: ['护照签发地', 'Passport issued at'],
  title: ['职务', 'Job title'],
  title_en: ['职务（英文）', 'Job title (English)'],
  phone: ['手机号', 'Mobile phone'],
  email: ['邮箱', 'E-mail'],
  first_time: ['首次申办', 'First application'],
  previous_card_number: ['原卡号', 'Previous card number'],
  previous_card_expires_on: ['原卡有效期至', 'Previous card valid until'],
  case: ['换补卡原因', 'Reason for the replacement'],
} as const

export type FieldName = keyof typeof NAMES

const entries = Object.entries(NAMES) as [FieldName, readonly [string, string]][]

/** The name of one field. */
export const field = words(
  Object.fromEntries(entries.map(([key, [zh]]) => [key, zh])) as Record<FieldName, string>,
  Object.fromEntries(entries.map(([key, [, en]]) => [key, en])) as Record<FieldName, string>,
)

/** Errors and warnings of the server, which name their fields already: the person in front, equal ones once. */
export function inWords(found: readonly { field: string; message: string }[]): string[] {
  const lines = found.map(({ field: path, message }) => {
    const place = placeIn(path)
    return place === undefined ? message : `${t('person', { place: place + 1 })}${t('separator')}${message}`
  })
  return [...new Set(lines)]
}

/** The place of a person in a path such as `persons.1.title`, from 0. */
export function placeIn(path: string): number | undefined {
  const found = /^persons\.(\d+)/.exec(path)?.[1]
  return found === undefined ? undefined : Number(found)
}

const t = words({ person: '第{place}人', separator: ' ' }, { person: 'Person {place}', separator: ' ' })

/**
 * A path such as `persons.1.title` in words: 第2人 职务.
 *
 * @param kinds - the names of kinds of files, which paths can end with.
 */
export function pathInWords(path: string, kinds: readonly { code: string; name: string }[] = []): string {
  const place = placeIn(path)
  const rest = path.replace(/^persons\.\d+\.?/, '').replace(/\.\d+$/, '').split('.').pop() ?? ''
  const name = rest in NAMES ? field(rest as FieldName) : (kinds.find(({ code }) => code === rest)?.name ?? rest)
  return [place === undefined ? '' : t('person', { place: place + 1 }), name].filter(Boolean).join(t('separator'))
}
