/** The state of the editor: what is saved, what is written, and what somebody else has saved meanwhile. */

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, body } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import type { Rule } from '@/lib/api/types'
import { useLanguage } from '@/lib/i18n'
import { keys } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { draftOf, ruleOf, withMarks, type Draft, type DraftErrors, type NewRule } from './draft'
import { ruleName } from './words'

export function namedDraft(rule: Rule): Draft {
  return draftOf({ ...rule, name: ruleName(rule) })
}

export function sameDraft(one: Draft, other: Draft): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

export type RuleForm = ReturnType<typeof useRuleForm>

export function useRuleForm(rule: Rule | undefined, first: Draft) {
  const [base, setBase] = useState(rule)
  const saved = base ? namedDraft(base) : withMarks(first)
  const [draft, setDraft] = useState(saved)
  // A form outlives a change of the language: its numbers get the other mark, a ready rule that nobody renamed its other name.
  const language = useLanguage()
  const [written, setWritten] = useState({ language, name: saved.name })
  if (written.language !== language) {
    setWritten({ language, name: saved.name })
    setDraft({ ...withMarks(draft), name: draft.name === written.name ? saved.name : draft.name })
  }
  const [errors, setErrors] = useState<DraftErrors>({})
  const [done, setDone] = useState(false)
  const dirty = !done && !sameDraft(draft, saved)

  // A newer version came with the list. What was not touched, or was only switched on or off, is taken over at once.
  const newer = rule && base && rule.version > base.version ? rule : null
  const theirs = newer && dirty && !sameDraft(namedDraft(newer), saved) ? newer : null
  if (newer && !theirs) {
    setBase(newer)
    if (!dirty) setDraft(namedDraft(newer))
  }

  const adopt = (made: Rule) => {
    setBase(made)
    setDraft(namedDraft(made))
    setDone(!rule)
  }
  const { save, remove } = useRuleMutations(base, adopt)
  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part })
    const left = Object.entries(errors).filter(([field]) => !(field in part))
    setErrors(Object.fromEntries(left))
  }
  const submit = (over = base) => {
    if (save.isPending || (base && !dirty)) return
    const result = ruleOf(draft)
    setErrors('errors' in result ? result.errors : {})
    if ('rule' in result) save.mutate({ written: result.rule, over })
  }
  return {
    base,
    saved,
    draft,
    errors,
    dirty,
    theirs,
    save,
    remove,
    change,
    submit,
    /** Back to what is saved; with a rule, to that one. */
    discard: (to = base) => {
      setBase(to)
      setDraft(to ? namedDraft(to) : first)
      setErrors({})
      save.reset()
    },
  }
}

function useRuleMutations(rule: Rule | undefined, adopt: (rule: Rule) => void) {
  const { slug } = useSite()
  const client = useQueryClient()
  const navigate = useNavigate()
  const changed = () => client.invalidateQueries({ queryKey: keys.rules(slug) })
  const save = useMutation({
    mutationFn: ({ written, over }: { written: NewRule; over: Rule | undefined }) => {
      if (!over) return body(api.POST('/api/v1/rules', { body: { site: slug, ...written } }))
      const params = { path: { rule_id: over.id } }
      const headers = { 'If-Match': `"${over.version}"` }
      return body(api.PATCH('/api/v1/rules/{rule_id}', { params, headers, body: changesOf(over, written) }))
    },
    onSuccess: async (made) => {
      adopt(made)
      await changed()
      if (!rule) await navigate(`/s/${slug}/rules/${made.id}`)
    },
    onError: (error) => {
      // The list brings what the other person has saved.
      if (isConflict(error)) void changed()
    },
  })
  const remove = useMutation({
    mutationFn: () => api.DELETE('/api/v1/rules/{rule_id}', { params: { path: { rule_id: rule?.id ?? 0 } } }),
    onSuccess: async () => {
      if (rule) adopt(rule)
      await changed()
      await navigate(`/s/${slug}/rules`)
    },
  })
  return { save, remove }
}

/** A name that nobody touched is not sent: a ready one stays one, whatever the language it is read in. */
function changesOf(over: Rule, { name, ...rest }: NewRule): Partial<NewRule> {
  return name === ruleName(over) ? rest : { name, ...rest }
}

export function isConflict(error: unknown): boolean {
  return error instanceof Problem && error.code === 'conflict'
}
