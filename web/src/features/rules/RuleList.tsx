import { plural, t } from '@lingui/core/macro'
import { Switch, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { EmptyState } from '@/components/EmptyState'
import { Icon } from '@/components/Icon'
import { SeverityMark } from '@/components/SeverityMark'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Rule } from '@/lib/api/types'
import { useAlerts } from '@/lib/live'
import { keys } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { isUnusedTemplate, selectRules, STATES, type RuleState } from './ruleFilter'
import classes from './RulesPage.module.css'
import { ruleName, ruleWords } from './words'

interface Props {
  rules: readonly Rule[]
  current: number | null
}

/** Every rule with its switch; the ready ones that nobody switched on come last. */
export function RuleList({ rules, current }: Props) {
  const { slug } = useSite()
  const owner = useCan('owner')
  const { active } = useAlerts()
  const [sought, setSought] = useState('')
  const [state, setState] = useState<RuleState>('all')
  const open = new Set(active.map((alert) => alert.rule))
  const found = selectRules(rules, { sought, state, open, words: (rule) => ruleWords(rule, rule.watched) })
  const add = (
    <Link className="btn quiet" to={`/s/${slug}/rules/new`}>
      <Icon name="plus" size="m" />
      {t`Add rule`}
    </Link>
  )
  const row = (rule: Rule) => <Row key={rule.id} rule={rule} current={rule.id === current} />
  const own = found.filter((rule) => !isUnusedTemplate(rule))
  const templates = found.filter(isUnusedTemplate)
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
        <>
          <div className={classes.filter} role="search">
            <TextInput
              aria-label={t`Find a rule`}
              placeholder={t`Find a rule`}
              type="search"
              value={sought}
              onChange={(event) => setSought(event.currentTarget.value)}
            />
            <select
              aria-label={t`State`}
              value={state}
              onChange={(event) => setState(event.currentTarget.value as RuleState)}
            >
              {STATES.map((each) => (
                <option key={each} value={each}>
                  {stateWord(each)}
                </option>
              ))}
            </select>
          </div>
          <p className="vh" role="status">
            {plural(found.length, { one: '# rule', other: '# rules' })}
          </p>
          {found.length === 0 && <EmptyState text={t`No rule matches.`} />}
          <ul>{own.map(row)}</ul>
          {templates.length > 0 && (
            <>
              <h3 className={classes.templates}>{t`Templates, switched off`}</h3>
              <ul>{templates.map(row)}</ul>
            </>
          )}
        </>
      )}
    </section>
  )
}

function stateWord(state: RuleState): string {
  switch (state) {
    case 'all':
      return t({ message: 'All', context: 'rules' })
    case 'on':
      return t`On`
    case 'off':
      return t`Off`
    case 'open':
      return t`With an open alert`
  }
}

function Row({ rule, current }: { rule: Rule; current: boolean }) {
  const { slug } = useSite()
  const owner = useCan('owner')
  const { active } = useAlerts()
  const open = active.filter((alert) => alert.rule === rule.id).length
  const count = rule.watched.series_count
  const name = ruleName(rule)
  const { toggle, undo } = useSwitch(rule)
  return (
    <li className={classes.item} data-current={current || undefined}>
      <Link to={`/s/${slug}/rules/${rule.id}`} aria-current={current ? 'page' : undefined}>
        <SeverityMark severity={rule.severity} over={!rule.enabled} />
        <span className="grow">
          <b>{name}</b>
          <span className={classes.line}>{ruleWords(rule, rule.watched)}</span>
          <span className="small muted">
            {plural(count, { one: 'Watches # series', other: 'Watches # series' })}
          </span>
          {open > 0 && <span className={`small ${classes.open}`}> {t`${open} open`}</span>}
          {toggle.error && <span role="alert"> {sentenceOf(toggle.error)}</span>}
        </span>
      </Link>
      {undo && (
        <span role="status" className="small">
          <button type="button" className="btn quiet" onClick={undo}>
            {t`Undo`}
            <span className="vh">
              {rule.enabled ? t`${name} is switched on now` : t`${name} is switched off now`}
            </span>
          </button>
        </span>
      )}
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

const UNDO_MS = 10_000

/** Switches the rule; for some seconds with a way back. */
function useSwitch(rule: Rule) {
  const { slug } = useSite()
  const client = useQueryClient()
  const [switched, setSwitched] = useState(false)
  const toggle = useMutation({
    mutationFn: (enabled: boolean) =>
      body(
        api.PATCH('/api/v1/rules/{rule_id}', {
          params: { path: { rule_id: rule.id } },
          headers: { 'If-Match': `"${rule.version}"` },
          body: { enabled },
        }),
      ),
    onSuccess: () => {
      setSwitched(true)
      setTimeout(() => setSwitched(false), UNDO_MS)
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.rules(slug) }),
  })
  const back = () => toggle.mutate(!rule.enabled, { onSuccess: () => setSwitched(false) })
  return { toggle, undo: switched && !toggle.isPending ? back : null }
}
