import { t } from '@lingui/core/macro'
import { Link } from 'react-router'

import { Icon } from '@/components/Icon'
import { SeverityMark } from '@/components/SeverityMark'
import type { Alert, Rule, Series } from '@/lib/api/types'
import { formatNumber } from '@/lib/i18n'
import { useOneDevice } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { clockWords, conditionWords, heldWords, readyName } from '@/lib/words'

import classes from './SensorPage.module.css'

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
            {t`Add rule`}
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
                <b>{readyName(rule.name, rule.name_code)}</b>
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
  const open = alerts.filter((alert) => alert.rule === rule.id && alert.state !== 'resolved').length
  const words = [conditionWords(rule.condition, series.unit, series.metric), heldWords(rule.condition)]
  const line = words.filter(Boolean).join(' ')
  return open > 0 ? `${line} · ${t`${open} open`}` : line
}

export function DevicePanel({ series }: { series: Series }) {
  const { slug } = useSite()
  const device = useOneDevice(slug, series.device).data
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
