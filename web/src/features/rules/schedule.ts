/** When a rule applies: hours of days by the clock of the site, and the away switch. */

import { t } from '@lingui/core/macro'
import type { Rule } from '@/lib/api/types'

export type Day = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'
export type Applies = Rule['applies']
export const DAYS: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

export interface Times {
  /** False: at all hours of all days. */
  scheduled: boolean
  days: readonly Day[]
  /** `HH:MM`. */
  start: string
  end: string
  applies: Applies
}

export const ALWAYS: Times = {
  scheduled: false,
  days: DAYS,
  start: '22:00',
  end: '06:00',
  applies: 'always',
}

export function timesOf({ schedule, applies }: Pick<Rule, 'schedule' | 'applies'>): Times {
  return schedule ? { scheduled: true, ...schedule, applies } : { ...ALWAYS, applies }
}

export function scheduleOf({ scheduled, days, start, end }: Times): Rule['schedule'] {
  return scheduled ? { days: DAYS.filter((day) => days.includes(day)), start, end } : null
}

/** Whether the end is one of the next day. */
export function isOvernight({ start, end }: Pick<Times, 'start' | 'end'>): boolean {
  return end <= start
}

export function dayWord(day: Day): string {
  switch (day) {
    case 'mon':
      return t({ message: 'Mon', context: 'day' })
    case 'tue':
      return t({ message: 'Tue', context: 'day' })
    case 'wed':
      return t({ message: 'Wed', context: 'day' })
    case 'thu':
      return t({ message: 'Thu', context: 'day' })
    case 'fri':
      return t({ message: 'Fri', context: 'day' })
    case 'sat':
      return t({ message: 'Sat', context: 'day' })
    case 'sun':
      return t({ message: 'Sun', context: 'day' })
  }
}

export function appliesWord(applies: Applies): string {
  switch (applies) {
    case 'always':
      return t({ message: 'always', context: 'rule applies' })
    case 'away':
      return t({ message: 'while nobody is there', context: 'rule applies' })
    case 'home':
      return t({ message: 'while somebody is there', context: 'rule applies' })
  }
}

/** `22:00 to 06:00, Mon Tue`; '' where it applies always. */
export function scheduleWords(rule: Pick<Rule, 'schedule' | 'applies'>): string {
  const { schedule } = rule
  const parts: string[] = []
  if (schedule) {
    const { start, end } = schedule
    parts.push(start === end ? t`24 h from ${start}` : t`${start} to ${end}`)
    if (schedule.days.length < DAYS.length) parts.push(schedule.days.map(dayWord).join(' '))
  }
  if (rule.applies !== 'always') parts.push(appliesWord(rule.applies))
  return parts.join(', ')
}
