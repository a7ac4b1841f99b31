import { plural, t } from '@lingui/core/macro'
import { TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { Icon } from '@/components/Icon'
import { sentenceOf } from '@/lib/api/sentences'
import type { Metric, Rule, SiteMetric } from '@/lib/api/types'
import { useAlerts } from '@/lib/live'
import { useCan, useSite } from '@/lib/site'
import { useUnsaved } from '@/lib/unsaved'
import { NEW_DRAFT, type Draft } from './draft'
import { RuleConflict } from './RuleConflict'
import { isConflict, useRuleForm, type RuleForm } from './ruleForm'
import { RuleSentence } from './RuleSentence'
import { RuleTrial } from './RuleTrial'
import classes from './RulesPage.module.css'
import { useSubject } from './subject'
import { errorId } from './tokens'
import { errorSentences, ruleName } from './words'

interface Props {
  /** Absent: a new one. */
  rule?: Rule
  measured: readonly SiteMetric[]
  metrics: readonly Metric[]
  first?: Draft
}

/** The sentence is the form; saving never closes an open alert, and the page says so. */
export function RuleEditor({ rule, measured, metrics, first = NEW_DRAFT }: Props) {
  const owner = useCan('owner')
  const form = useRuleForm(rule, first)
  const { draft, errors, dirty, theirs, base, change } = form
  const subject = useSubject(draft, [...measured, ...metrics], base)
  const element = useRef<HTMLFormElement>(null)
  const sentences = errorSentences(errors, draft.kind)
  const tried = useFirstWrongFocus(element, sentences.length > 0)
  const submit = () => {
    if (!owner || theirs) return
    tried()
    form.submit()
  }
  useSaveKey(submit)
  useUnsaved(owner && dirty)

  return (
    <form
      className={classes.editor}
      ref={element}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      {theirs && base && (
        <RuleConflict
          base={base}
          theirs={theirs}
          draft={draft}
          subject={subject}
          onReload={() => form.discard(theirs)}
          onKeep={() => form.submit(theirs)}
        />
      )}
      <section className="panel">
        <header className="wrap">
          <h2 className="grow">{rule ? ruleName(rule) : t`New rule`}</h2>
          {rule && <EnabledTag enabled={rule.enabled} />}
          {rule && owner && <CopyLink rule={rule} />}
        </header>
        <div className="body">
          {owner && <NameField form={form} />}
          <RuleSentence
            draft={draft}
            subject={subject}
            measured={measured}
            metrics={metrics}
            errors={errors}
            readOnly={!owner}
            onChange={change}
          />
          <Errors sentences={sentences} />
          {rule && <OpenLine rule={rule} />}
          {!owner && <p className="small soft">{t`Only an owner of the site may change rules.`}</p>}
        </div>
      </section>
      <RuleTrial draft={draft} />
      {owner && <SaveBar form={form} rule={rule} wrong={sentences[0]?.[1]} />}
    </form>
  )
}

/** After a try to save, the focus goes to the first token that stands in the way. */
function useFirstWrongFocus(form: React.RefObject<HTMLFormElement | null>, wrong: boolean): () => void {
  const [tries, setTries] = useState(0)
  const seen = useRef(0)
  useEffect(() => {
    if (!wrong || seen.current === tries) return
    seen.current = tries
    const first = form.current?.querySelector<HTMLElement>('[aria-invalid="true"], button[data-wrong]')
    first?.focus()
  })
  return () => setTries(tries + 1)
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

function NameField({ form: { draft, errors, change } }: { form: RuleForm }) {
  return (
    <TextInput
      label={t`Name`}
      value={draft.name}
      onChange={(event) => change({ name: event.currentTarget.value })}
      aria-invalid={errors.name ? true : undefined}
      aria-describedby={errors.name && errorId('name')}
      error={Boolean(errors.name)}
      maxLength={120}
      className={classes.name}
    />
  )
}

/** What is wrong, each sentence beside the field that refers to it. */
function Errors({ sentences }: { sentences: ReturnType<typeof errorSentences> }) {
  if (sentences.length === 0) return null
  return (
    <ul className={classes.errors}>
      {sentences.map(([field, sentence]) => (
        <li key={field} id={errorId(field)}>
          {sentence}
        </li>
      ))}
    </ul>
  )
}

interface SaveBarProps {
  form: RuleForm
  rule: Rule | undefined
  /** The first of the sentences on what is wrong. */
  wrong: string | undefined
}

function SaveBar({ form: { dirty, theirs, save, remove, discard }, rule, wrong }: SaveBarProps) {
  return (
    <div className={classes.savebar}>
      <span className="small soft grow" role="status">
        {wrong ?? (dirty || !rule ? t`Not saved` : t`Saved`)}
      </span>
      {save.error && !isConflict(save.error) && <span role="alert">{sentenceOf(save.error)}</span>}
      {remove.error && <span role="alert">{sentenceOf(remove.error)}</span>}
      {rule && <DeleteButton onDelete={() => remove.mutate()} pending={remove.isPending} />}
      <button type="button" className="btn" disabled={!dirty} onClick={() => discard()}>
        {t`Discard changes`}
      </button>
      <button
        type="submit"
        className="btn primary"
        disabled={(rule && !dirty) || save.isPending || theirs !== null}
      >
        {t`Save rule`}
      </button>
    </div>
  )
}

function CopyLink({ rule }: { rule: Rule }) {
  const { slug } = useSite()
  return <Link className="btn quiet" to={`/s/${slug}/rules/new?copy=${rule.id}`}>{t`Make a copy`}</Link>
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
