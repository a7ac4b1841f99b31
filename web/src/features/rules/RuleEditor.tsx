import { plural, t } from '@lingui/core/macro'
import { TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useNavigate } from 'react-router'

import { AgeBadge } from '@/components/AgeBadge'
import { Icon } from '@/components/Icon'
import { api, body } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import { sentenceOf } from '@/lib/api/sentences'
import type { Metric, Rule, Series } from '@/lib/api/types'
import { useAlerts, useLatest } from '@/lib/live'
import { keys } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { useUnsaved } from '@/lib/unsaved'
import { valueWords } from '@/lib/words'

import { conditionOf, draftOf, NEW_DRAFT, scopeOf, watched, type Draft, type DraftErrors } from './draft'
import { RuleSentence } from './RuleSentence'
import classes from './RulesPage.module.css'
import { errorWords, placeOf, ruleName } from './words'

interface Props {
  /** Absent: a new one. */
  rule?: Rule
  series: readonly Series[]
  metrics: readonly Metric[]
  first?: Draft
}

/** The sentence is the form; saving never closes an open alert, and the page says so. */
export function RuleEditor({ rule, series, metrics, first = NEW_DRAFT }: Props) {
  const owner = useCan('owner')
  const saved = rule ? { ...draftOf(rule), name: ruleName(rule) } : first
  const [draft, setDraft] = useState(saved)
  const [errors, setErrors] = useState<DraftErrors>({})
  const { save, remove } = useRuleMutations(rule)
  const dirty = !rule || JSON.stringify(draft) !== JSON.stringify(saved)
  useUnsaved(owner && JSON.stringify(draft) !== JSON.stringify(saved) && !save.isPending)
  const targets = watched(draft, series)
  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part })
    setErrors({})
  }
  const submit = () => {
    if (!owner || !dirty) return
    const result = conditionOf(draft)
    const wrong: DraftErrors = 'errors' in result ? { ...result.errors } : {}
    if (draft.name.trim() === '') wrong.name = 'missing'
    setErrors(wrong)
    if ('condition' in result && !wrong.name) save.mutate({ draft, condition: result.condition })
  }

  useSaveKey(submit)

  return (
    <form
      className={classes.editor}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <section className="panel">
        <header className="wrap">
          <h2 className="grow">{rule ? ruleName(rule) : t`New rule`}</h2>
          {rule && <EnabledTag enabled={rule.enabled} />}
        </header>
        <div className="body">
          {owner && (
            <TextInput
              label={t`Name`}
              value={draft.name}
              onChange={(event) => change({ name: event.currentTarget.value })}
              error={errors.name && errorWords({ name: errors.name })}
              maxLength={120}
              className={classes.name}
            />
          )}
          <RuleSentence
            draft={draft}
            series={series}
            metrics={metrics}
            errors={errors}
            readOnly={!owner}
            onChange={change}
          />
          <NowLine targets={targets} />
          {rule && <OpenLine rule={rule} />}
          {!owner && <p className="small soft">{t`Only an owner of the site may change rules.`}</p>}
        </div>
      </section>
      {owner && (
        <div className={classes.savebar}>
          <span className="small soft grow" role="status">
            {errorWords(errors) || (dirty ? t`Not saved` : t`Saved`)}
          </span>
          {save.error && <span role="alert">{conflictOr(save.error)}</span>}
          {remove.error && <span role="alert">{sentenceOf(remove.error)}</span>}
          {rule && <DeleteButton onDelete={() => remove.mutate()} pending={remove.isPending} />}
          <button type="button" className="btn" disabled={!dirty} onClick={() => setDraft(saved)}>
            {t`Discard changes`}
          </button>
          <button type="submit" className="btn primary" disabled={!dirty || save.isPending}>
            {t`Save rule`}
          </button>
        </div>
      )}
    </form>
  )
}

/** Ctrl+S saves, wherever the focus is. */
function useSaveKey(submit: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== 's') return
      event.preventDefault()
      submit()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  })
}

function useRuleMutations(rule: Rule | undefined) {
  const { slug } = useSite()
  const client = useQueryClient()
  const navigate = useNavigate()
  const changed = () => client.invalidateQueries({ queryKey: keys.rules(slug) })
  type Whole = { draft: Draft; condition: Rule['condition'] }
  const save = useMutation({
    mutationFn: ({ draft, condition }: Whole) => {
      const { name, metric, severity, enabled } = draft
      const request = { name: name.trim(), metric, severity, enabled, condition, ...scopeOf(draft) }
      if (!rule) return body(api.POST('/api/v1/rules', { body: { site: slug, ...request } }))
      const params = { path: { rule_id: rule.id } }
      const headers = { 'If-Match': `"${rule.version}"` }
      return body(api.PATCH('/api/v1/rules/{rule_id}', { params, headers, body: request }))
    },
    onSuccess: async (saved) => {
      await changed()
      if (!rule) await navigate(`/s/${slug}/rules/${saved.id}`)
    },
  })
  const remove = useMutation({
    mutationFn: () => api.DELETE('/api/v1/rules/{rule_id}', { params: { path: { rule_id: rule?.id ?? 0 } } }),
    onSuccess: async () => {
      await changed()
      await navigate(`/s/${slug}/rules`)
    },
  })
  return { save, remove }
}

function conflictOr(error: Error): string {
  if (error instanceof Problem && error.code === 'conflict')
    return t`Somebody has just changed this rule. Reload before saving.`
  return sentenceOf(error)
}

function EnabledTag({ enabled }: { enabled: boolean }) {
  if (!enabled) return <span className="tag done">{t`Off`}</span>
  return (
    <span className="tag ok">
      <Icon name="check" size="s" />
      {t`On`}
    </span>
  )
}

/** What the rule would look at now. */
function NowLine({ targets }: { targets: readonly Series[] }) {
  const first = targets[0]
  const count = targets.length
  if (!first)
    return (
      <p
        className={`small soft ${classes.now}`}
      >{t`No such series yet; once there is one, the rule will watch it.`}</p>
    )
  return (
    <p className={`small soft ${classes.now}`}>
      <Icon name="age" size="m" />
      {count === 1 ? <OneNow series={first} /> : t`See ${count} series`}
    </p>
  )
}

function OneNow({ series }: { series: Series }) {
  const latest = useLatest(series.id)
  const place = placeOf(series)
  return (
    <>
      {t`Right now, ${place}:`} <b>{latest ? valueWords(series, latest.value) : '–'}</b>
      <AgeBadge tsMs={latest?.tsMs} budgetMs={series.freshness_seconds * 1000} />
    </>
  )
}

function OpenLine({ rule }: { rule: Rule }) {
  const { active } = useAlerts()
  const open = active.filter((alert) => alert.rule === rule.id).length
  if (open === 0) return null
  return (
    <p className={`small soft ${classes.now}`}>
      <Icon name="bell" size="m" />
      {t`This rule has ${plural(open, { one: '# open alert', other: '# open alerts' })}; saving will not close it`}
    </p>
  )
}

function DeleteButton({ onDelete, pending }: { onDelete: () => void; pending: boolean }) {
  const [asked, setAsked] = useState(false)
  if (!asked)
    return <button type="button" className="btn quiet" onClick={() => setAsked(true)}>{t`Delete`}</button>
  return (
    <button
      type="button"
      className="btn"
      disabled={pending}
      onClick={onDelete}
      onBlur={() => setAsked(false)}
    >
      {t`Really delete`}
    </button>
  )
}
