import { plural, t } from '@lingui/core/macro'
import { Link } from 'react-router'

import type { Statistics } from '@/components/chart/history'
import type { ChartLevel } from '@/components/chart/levels'
import { Icon } from '@/components/Icon'
import { SeverityMark } from '@/components/SeverityMark'
import type { Alert, Rule, Series } from '@/lib/api/types'
import { formatDate, formatDuration, formatNumber, formatTime } from '@/lib/i18n'
import { useDevices } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { clockWords, conditionWords, valueWords } from '@/lib/words'

import type { RangeName } from './ranges'
import classes from './SensorPage.module.css'

function rangeTitle(name: RangeName): string {
  const words: Record<RangeName, string> = {
    '1h': t`Last hour`,
    '6h': t`Last 6 h`,
    '24h': t`Last 24 h`,
    '7d': t`Last 7 days`,
    '30d': t`Last 30 days`,
    '1y': t`Last year`,
  }
  return words[name]
}

interface NumbersProps {
  name: RangeName
  series: Series
  ready: boolean
  numbers: Statistics
  level: ChartLevel | null
}

/** The numbers of the range, from the points that the chart shows. */
export function NumbersPanel({ name, series, ready, numbers, level }: NumbersProps) {
  const long = name === '7d' || name === '30d' || name === '1y'
  const value = (each: number) => valueWords(series, each)
  const extreme = (each: Statistics['min']) =>
    each ? `${value(each.value)} · ${long ? formatDate(each.at).slice(0, 5) : formatTime(each.at)}` : t`none`
  const lost = formatDuration(numbers.lostMs)
  const times = numbers.lostTimes
  return (
    <section className="panel">
      <header>
        <h2>{rangeTitle(name)}</h2>
      </header>
      <div className="body" aria-busy={!ready}>
        <dl className="kv">
          {series.kind === 'number' && (
            <>
              <dt>{t`Lowest`}</dt>
              <dd>{extreme(numbers.min)}</dd>
              <dt>{t`Average`}</dt>
              <dd>{numbers.avg === null ? t`none` : value(numbers.avg)}</dd>
              <dt>{t`Highest`}</dt>
              <dd>{extreme(numbers.max)}</dd>
            </>
          )}
          {level && numbers.beyondMs !== null && (
            <>
              <dt>{beyondWords(level, value(level.value))}</dt>
              <dd>{formatDuration(numbers.beyondMs)}</dd>
            </>
          )}
          <dt>{t`Readings`}</dt>
          <dd>{formatNumber(numbers.readings, 0)}</dd>
          <dt>{t`Data lost`}</dt>
          <dd>{times > 0 ? t`${lost} · ${plural(times, { one: '# time', other: '# times' })}` : t`no`}</dd>
        </dl>
      </div>
    </section>
  )
}

function beyondWords(level: ChartLevel, value: string): string {
  return level.side === 'above' ? t`Above ${value}` : t`Below ${value}`
}

interface RulesProps {
  series: Series
  rules: readonly Rule[]
  alerts: readonly Alert[]
}

export function RulesPanel({ series, rules, alerts }: RulesProps) {
  const { slug } = useSite()
  const owner = useCan('owner')
  return (
    <section className="panel">
      <header>
        <h2 className="grow">{t`Rules`}</h2>
        {owner && (
          <Link className="btn quiet" to={`/s/${slug}/rules/new?series=${series.id}`}>
            <Icon name="plus" size="m" />
            {t`Add`}
          </Link>
        )}
      </header>
      {rules.length === 0 && <p className={`soft ${classes.pad}`}>{t`No rules for this series yet.`}</p>}
      <ul>
        {rules.map((rule) => (
          <li key={rule.id} className={classes.rule}>
            <Link to={`/s/${slug}/rules/${rule.id}`}>
              <SeverityMark severity={rule.severity} />
              <span className="grow">
                <b>{rule.name}</b>
                <span className="small muted">{ruleLine(rule, series, alerts)}</span>
              </span>
              <Icon name="right" size="m" />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}

function ruleLine(rule: Rule, series: Series, alerts: readonly Alert[]): string {
  const seconds = 'for_seconds' in rule.condition ? (rule.condition.for_seconds ?? 0) : 0
  const duration = formatDuration(seconds * 1000)
  const open = alerts.filter((alert) => alert.rule === rule.id && alert.state !== 'resolved').length
  const words = [
    conditionWords(rule.condition, series.unit, series.metric),
    seconds > 0 && rule.condition.kind !== 'no_data' ? t`for ${duration}` : '',
  ]
  const line = words.filter(Boolean).join(' ')
  return open > 0 ? `${line} · ${t`${open} open`}` : line
}

export function DevicePanel({ series }: { series: Series }) {
  const { slug } = useSite()
  const device = useDevices(slug).data?.find((each) => each.id === series.device)
  const interval = series.interval_ms ? formatNumber(series.interval_ms / 1000, 1) : null
  return (
    <section className="panel">
      <header>
        <h2>{t({ message: 'Device', context: 'one' })}</h2>
      </header>
      <div className="body">
        <dl className="kv">
          <dt>{t`Name`}</dt>
          <dd>
            <Link to={`/s/${slug}/devices/${encodeURIComponent(series.device)}`}>{series.device_name}</Link>
          </dd>
          {device?.protocol && (
            <>
              <dt>{t`Sent by`}</dt>
              <dd>{device.protocol.replace('mqtt', 'MQTT').replace('http', 'HTTP')}</dd>
            </>
          )}
          <dt>{t`Interval`}</dt>
          <dd>{interval === null ? t`unknown` : t`${interval} s`}</dd>
          <dt>{t`Device clock`}</dt>
          <dd>{clockWords(device?.clock_skew_ms ?? null)}</dd>
        </dl>
      </div>
    </section>
  )
}
