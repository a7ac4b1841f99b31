import { t } from '@lingui/core/macro'
import { Switch } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from 'react-router'

import { EmptyState } from '@/components/EmptyState'
import { Icon } from '@/components/Icon'
import { SeverityMark } from '@/components/SeverityMark'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Rule, Series } from '@/lib/api/types'
import { useAlerts } from '@/lib/live'
import { keys } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'

import classes from './RulesPage.module.css'
import { ruleName, ruleWords } from './words'

interface Props {
  rules: readonly Rule[]
  series: readonly Series[]
  current: number | null
}

/** Every rule with its switch; the ready ones come switched off. */
export function RuleList({ rules, series, current }: Props) {
  const { slug } = useSite()
  const owner = useCan('owner')
  const add = (
    <Link className="btn quiet" to={`/s/${slug}/rules/new`}>
      <Icon name="plus" size="m" />
      {t`Add`}
    </Link>
  )
  return (
    <section className={`panel ${classes.list}`}>
      <header>
        <h2 className="grow">{t`Rules`}</h2>
        {owner && add}
      </header>
      {rules.length === 0 ? (
        <EmptyState
          text={t`No rules yet. Start from a template: too hot, no data, door left open.`}
          action={owner ? add : undefined}
        />
      ) : (
        <ul>
          {rules.map((rule) => (
            <Row key={rule.id} rule={rule} series={series} current={rule.id === current} />
          ))}
        </ul>
      )}
    </section>
  )
}

function Row({ rule, series, current }: { rule: Rule; series: readonly Series[]; current: boolean }) {
  const { slug } = useSite()
  const owner = useCan('owner')
  const client = useQueryClient()
  const { active } = useAlerts()
  const open = active.filter((alert) => alert.rule === rule.id).length
  const name = ruleName(rule)
  const toggle = useMutation({
    mutationFn: (enabled: boolean) =>
      body(
        api.PATCH('/api/v1/rules/{rule_id}', {
          params: { path: { rule_id: rule.id } },
          headers: { 'If-Match': `"${rule.version}"` },
          body: { enabled },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.rules(slug) }),
  })
  return (
    <li className={classes.item} data-current={current || undefined}>
      <Link to={`/s/${slug}/rules/${rule.id}`} aria-current={current ? 'page' : undefined}>
        <SeverityMark severity={rule.severity} over={!rule.enabled} />
        <span className="grow">
          <b>{name}</b>
          <span className={classes.line}>{ruleWords(rule, series)}</span>
          {open > 0 && <span className={`small ${classes.open}`}>{t`${open} open`}</span>}
          {toggle.error && <span role="alert">{sentenceOf(toggle.error)}</span>}
        </span>
      </Link>
      {owner ? (
        <Switch
          checked={toggle.isPending ? toggle.variables : rule.enabled}
          onChange={(event) => toggle.mutate(event.currentTarget.checked)}
          aria-label={t`Switch on ${name}`}
          className={classes.switch}
        />
      ) : (
        <span className="small muted">{rule.enabled ? t`on` : t`off`}</span>
      )}
    </li>
  )
}
