/** The kept set of line icons, on a square of 20. */
export const ICONS = {
  menu: 'M3 5h14M3 10h14M3 15h14',
  close: 'M5 5l10 10M15 5L5 15',
  check: 'M4 10.5l4 4 8-9',
  alert: 'M10 6v5M10 14h.01M10 2.5l8 14H2z',
  list: 'M7 5h10M7 10h10M7 15h10M3 5h.01M3 10h.01M3 15h.01',
  draft: 'M12 3H5v14h10V6zM12 3v3h3M8 10h4M8 13h4',
  message: 'M3 5h14v10H8l-3 3v-3H3z',
  person: 'M10 10a3.2 3.2 0 100-6.4 3.2 3.2 0 000 6.4zM3.5 17c.8-3 3.3-4.5 6.5-4.5s5.700 1.5 6.5 4.5',
  clock: 'M10 17a7 7 0 100-14 7 7 0 000 14zM10 6v4l3 2',
  card: 'M2.5 5h15v10h-15zM2.5 8.5h15M5.5 12h3',
  add: 'M10 4v12M4 10h12',
  upload: 'M10 13V4M6.5 7.5L10 4l3.5 3.5M4 13v3h12v-3',
  file: 'M12 3H5v14h10V6zM12 3v3h3',
  calendar: 'M4 5h12v12H4zM4 9h12M7 3v3M13 3v3',
  eye: 'M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zM10 12a2 2 0 100-4 2 2 0 000 4z',
  scan: 'M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4M3 10h14',
  chevron: 'M7 5l5 5-5 5',
  search: 'M9 14A5 5 0 109 4a5 5 0 000 10zM13 13l4 4',
  info: 'M10 17a7 7 0 100-14 7 7 0 000 14zM10 9v5M10 6.5h.01',
} as const

export type IconName = keyof typeof ICONS
