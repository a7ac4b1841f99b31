import { t } from '@lingui/core/macro'
import { useEffect, useRef } from 'react'
import type { Rule } from '@/lib/api/types'
import { formatDateTime } from '@/lib/i18n'
import { useWhoChanged } from '@/lib/queries/whoChanged'
import { severityWord } from '@/lib/words'
import { ruleOf, type Draft } from './draft'
import { namedDraft } from './ruleForm'
import classes from './RulesPage.module.css'
import type { Subject } from './subject'
import { ruleName, ruleWords } from './words'

interface Props {
  base: Rule
  theirs: Rule
  draft: Draft
  subject: Subject
  onReload: () => void
  onKeep: () => void
}

/** Somebody saved the rule while it was being written here: who, what, and what to do about it. */
export function RuleConflict({ base, theirs, draft, subject, onReload, onKeep }: Props) {
  const who = useWhoChanged('rule', theirs)
  const panel = useRef<HTMLElement>(null)
  useEffect(() => panel.current?.focus(), [theirs.version])
  const when = formatDateTime(Date.parse(theirs.updated_at))
  const rows = describe(theirs).map((row, index) => ({
    ...row,
    before: describe(base)[index]?.words,
    mine: describeDraft(draft, base, subject)[index],
  }))
  return (
    <section className={`panel ${classes.conflict}`} role="alert" tabIndex={-1} ref={panel}>
      <div className="body">
        <h3>
          {who
            ? t`${who} saved this rule at ${when}, while you were changing it.`
            : t`Somebody saved this rule at ${when}, while you were changing it.`}
        </h3>
        <table>
          <thead>
            <tr>
              <th />
              <th scope="col">{t`Saved now`}</th>
              <th scope="col">{t`Yours`}</th>
            </tr>
          </thead>
          <tbody>
            {rows
              .filter((row) => row.words !== row.before || row.words !== row.mine)
              .map((row) => (
                <tr key={row.label}>
                  <th scope="row">{row.label}</th>
                  <td>{row.words === row.before ? row.words : <b>{row.words}</b>}</td>
                  <td>{row.mine}</td>
                </tr>
              ))}
          </tbody>
        </table>
        <div className="row wrap">
          <button type="button" className="btn" onClick={onReload}>
            {t`Load theirs, drop mine`}
          </button>
          <button type="button" className="btn" onClick={onKeep}>
            {t`Keep mine`}
          </button>
        </div>
      </div>
    </section>
  )
}

function describe(rule: Rule): { label: string; words: string }[] {
  return [
    { label: t`Name`, words: ruleName(rule) },
    { label: t`Sentence`, words: ruleWords(rule, rule.watched) },
    { label: t`Level`, words: severityWord(rule.severity) },
  ]
}

function describeDraft(draft: Draft, base: Rule, subject: Subject): string[] {
  const result = ruleOf(draft)
  const unchanged = JSON.stringify(draft) === JSON.stringify(namedDraft(base))
  const sentence =
    'rule' in result
      ? ruleWords(result.rule, subject)
      : unchanged
        ? ruleWords(base, base.watched)
        : t`not finished`
  return [draft.name, sentence, severityWord(draft.severity)]
}
