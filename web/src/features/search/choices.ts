/** What the search offers, in groups: recent ones first, then pages and actions, then what the server found. Pure. */

import { t } from '@lingui/core/macro'
import type { IconName } from '@/components/Icon'
import type { Hit } from '@/lib/api/types'
import { matches } from '@/lib/fold'
import { formatDateTime } from '@/lib/i18n'
import type { Found } from '@/lib/recent'
import { alertStateWord } from '@/lib/words'
import { actionsOf, pagesOf, type Place } from './places'

export interface Choice {
  key: string
  /** Below the site's address. */
  path: string
  icon: IconName
  text: string
  detail: string
  /** Remembered when it is opened. */
  hit?: Found
}

export interface Group {
  text: string
  choices: Choice[]
}

const ICONS: Record<Hit['kind'], IconName> = {
  alert: 'bell',
  device: 'chip',
  series: 'age',
  rule: 'rule',
  camera: 'cam',
}
const FOLDERS: Record<Hit['kind'], string> = {
  alert: 'alerts',
  device: 'devices',
  series: 'series',
  rule: 'rules',
  camera: 'cameras',
}
const ORDER: readonly Hit['kind'][] = ['device', 'series', 'alert', 'rule', 'camera']

function kindWord(kind: Hit['kind']): string {
  switch (kind) {
    case 'alert':
      return t`Alerts`
    case 'device':
      return t`Devices`
    case 'series':
      return t({ message: 'Series', context: 'search' })
    case 'rule':
      return t`Rules`
    case 'camera':
      return t`Cameras`
  }
}

export function groupsOf(
  typed: string,
  hits: readonly Hit[],
  recent: readonly Found[],
  owner: boolean,
): Group[] {
  const wanted = (texts: readonly string[]) => matches(typed.trim(), texts)
  const again = recent.filter(({ name, device_name, zone }) => wanted([name, device_name, zone]))
  const seen = new Set(again.map(keyOf))
  const places = (list: Place[]) => list.filter(({ text }) => wanted([text])).map(choiceOfPlace)
  const groups = [
    { text: t`Recent`, choices: again.map((hit) => choiceOf(hit, '')) },
    ...ORDER.map((kind) => ({
      text: kindWord(kind),
      choices: hits
        .filter((hit) => hit.kind === kind && !seen.has(keyOf(hit)))
        .map((hit) => choiceOf(hit, alertWords(hit))),
    })),
    { text: t`Actions`, choices: places(actionsOf(owner)) },
    { text: t`Pages`, choices: places(pagesOf(owner)) },
  ]
  return groups.filter(({ choices }) => choices.length > 0)
}

const keyOf = ({ kind, id }: Found) => `${kind} ${id}`

function choiceOf(hit: Found, more: string): Choice {
  const where = [hit.zone, hit.device_name].filter((part) => part !== '' && part !== hit.name)
  return {
    key: keyOf(hit),
    path: `/${FOLDERS[hit.kind]}/${encodeURIComponent(hit.id)}`,
    icon: ICONS[hit.kind],
    text: hit.name,
    detail: [more, ...where].filter(Boolean).join(' · '),
    hit,
  }
}

function alertWords({ state, opened_ms: openedMs }: Hit): string {
  if (state === null || openedMs === null) return ''
  return `${alertStateWord(state as Parameters<typeof alertStateWord>[0])} · ${formatDateTime(openedMs)}`
}

function choiceOfPlace({ path, text, icon, keys }: Place): Choice {
  return { key: path, path, icon, text, detail: keys ?? '' }
}
