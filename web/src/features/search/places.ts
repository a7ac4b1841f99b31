/** The pages of a site and what can be begun on them; also what the shortcuts lead to. */

import { t } from '@lingui/core/macro'
import type { IconName } from '@/components/Icon'

export interface Place {
  /** Below the site's address. */
  path: string
  text: string
  icon: IconName
  /** Two keys, one after the other. */
  keys?: string
}

export function pagesOf(owner: boolean): Place[] {
  return [
    { path: '', text: t`Overview`, icon: 'home', keys: 'g o' },
    { path: '/cameras', text: t`Cameras`, icon: 'cam', keys: 'g c' },
    { path: '/alerts', text: t`Alerts`, icon: 'bell', keys: 'g a' },
    { path: '/rules', text: t`Rules`, icon: 'rule', keys: 'g r' },
    { path: '/devices', text: t`Devices`, icon: 'chip', keys: 'g d' },
    { path: '/settings/account', text: t`Settings`, icon: 'gear', keys: 'g s' },
    { path: '/settings/tokens', text: t`Access tokens`, icon: 'lock' },
    { path: '/settings/audit', text: t`Audit log`, icon: 'age' },
    ...(owner
      ? ([
          { path: '/settings/site', text: t`Site`, icon: 'gear' },
          { path: '/settings/zones', text: t`Zones`, icon: 'gear' },
          { path: '/settings/members', text: t`Members`, icon: 'user' },
        ] as const)
      : []),
  ]
}

export function actionsOf(owner: boolean): Place[] {
  if (!owner) return []
  return [
    { path: '/devices/new', text: t`Add device`, icon: 'plus' },
    { path: '/rules/new', text: t`New rule`, icon: 'plus' },
    { path: '/settings/new-site', text: t`Add a site`, icon: 'plus' },
  ]
}
