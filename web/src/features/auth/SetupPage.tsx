import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link, Navigate, useNavigate, useSearchParams } from 'react-router'
import { Icon } from '@/components/Icon'
import { api, body } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import { fieldSentence, sentenceOf } from '@/lib/api/sentences'
import { chooseLanguage, currentLanguage, useLanguage, type Language } from '@/lib/i18n'
import { keys, useMe } from '@/lib/queries'
import { signedIn, signedOut } from '@/lib/session'
import { presentTimezone } from '@/lib/timezone'
import { AuthPage } from './AuthPage'
import { FormError } from './FormError'
import { forgetForm, savedForm, saveForm, type SetupForm } from './setupForm'
import { CodeStep, OwnerStep, SiteStep } from './SetupSteps'
import { StepTitle } from './StepTitle'
import { userNameOf } from './userName'
import styles from './auth.module.css'

type Step = 1 | 2 | 3 | 4

/** Where a refused field is asked for. */
const STEP_OF_FIELD: Record<string, Step> = {
  token: 1,
  username: 2,
  password: 2,
  email: 2,
  name: 2,
  site: 3,
  slug: 3,
  timezone: 3,
}

function stepOf(error: Problem): Step {
  if (error.code === 'bad_setup_token') return 1
  const steps = Object.keys(error.errors).map((field) => STEP_OF_FIELD[field.split('.', 1).join()] ?? 3)
  return steps.sort()[0] ?? 3
}

/** First run, in four steps; each is judged by the server when it is left, and made after the third. */
export default function SetupPage() {
  const state = useQuery({ queryKey: keys.setup, queryFn: () => body(api.GET('/api/v1/setup')) })
  const [{ step, form }, setWhole] = useState(firstState)
  const page = useLanguage()
  const language = form.language ?? page
  const [refused, setRefused] = useState<Refused | null>(null)
  const errors = refused ? errorsOf(refused) : {}
  // What stands at its field is not said twice.
  const top = refused && !hasFields(refused.error) && refused.corrected.length === 0 ? refused.error : null

  const show = (next: Step, nextForm = form) => {
    setWhole({ step: next, form: nextForm })
    setRefused(null)
    saveForm(next, nextForm)
  }
  const refuse = (error: Error) => {
    const target = error instanceof Problem ? stepOf(error) : step
    setWhole({ step: target < step ? target : step, form })
    setRefused({ error, corrected: [] })
  }

  const { check, setUp } = useSetup(form, language, (leaving) => show(leaving === 1 ? 2 : 3), refuse)

  const [search] = useSearchParams()
  const done = search.get('done')
  if (done !== null) return <DonePage slug={done} />
  if (state.data?.needed === false) return <Navigate to="/sign-in" replace />
  const change = (part: Partial<SetupForm>) => {
    const next = { ...form, ...part }
    setWhole({ step, form: next })
    saveForm(step, next)
    setRefused((before) => before && { ...before, corrected: [...before.corrected, ...Object.keys(part)] })
  }
  const common = { form, change, errors, pending: check.isPending || setUp.isPending }
  return (
    <AuthPage>
      <Steps current={step} />
      {top && <FormError text={sentenceOf(top)} />}
      {step === 1 && <CodeStep {...common} onDone={() => check.mutate(1)} />}
      {step === 2 && <OwnerStep {...common} onBack={() => show(1)} onDone={() => check.mutate(2)} />}
      {step === 3 && <SiteStep {...common} onBack={() => show(2)} onDone={(slug) => setUp.mutate(slug)} />}
    </AuthPage>
  )
}

/** The two requests: a step is judged when it is left, and all is made after the third. */
function useSetup(
  form: SetupForm,
  language: Language,
  onGood: (leaving: Step) => void,
  onError: (error: Error) => void,
) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const token = form.token.trim()
  const check = useMutation({
    mutationFn: (leaving: Step) =>
      api.POST('/api/v1/setup/check', { body: { token, ...(leaving === 2 ? ownerOf(form) : {}) } }),
    onSuccess: (_answer, leaving) => onGood(leaving),
    onError,
  })
  const setUp = useMutation({
    mutationFn: (slug: string) => {
      const site = { slug, ...siteOf(form), language }
      return body(api.POST('/api/v1/setup', { body: { token, ...ownerOf(form), language, site } }))
    },
    onSuccess: async ({ user, site }) => {
      forgetForm()
      // What an earlier server at this address has left goes as well.
      signedOut(queries)
      signedIn(queries, user)
      // An address of its own: it survives a refresh.
      await navigate(`/setup?done=${site.slug}`, { replace: true })
      if (language !== currentLanguage()) await chooseLanguage(language)
    },
    onError,
  })
  return { check, setUp }
}

function firstState(): { step: Step; form: SetupForm } {
  const saved = savedForm()
  const form: SetupForm = {
    token: '',
    name: '',
    email: '',
    password: '',
    siteName: '',
    address: '',
    timezone: presentTimezone(),
    language: null,
    ...saved?.form,
  }
  // The password was not kept: whoever was past it fills it in again.
  return { step: saved && saved.step > 1 ? 2 : 1, form }
}

function ownerOf(form: SetupForm) {
  return {
    username: userNameOf(form.email),
    password: form.password,
    email: form.email.trim(),
    name: form.name.trim(),
  }
}

function siteOf(form: SetupForm) {
  return { name: form.siteName.trim(), timezone: form.timezone, address: form.address.trim() }
}

/** The server's fields that a field of the form fills. */
const FILLS: Record<string, readonly string[]> = {
  email: ['email', 'username'],
  siteName: ['site', 'site.name', 'site.slug'],
  timezone: ['site.timezone'],
  address: ['site.address'],
}

/** What the server refused, and which fields of the form were changed since. */
interface Refused {
  error: Error
  corrected: readonly string[]
}

function hasFields(error: Error): boolean {
  return (
    error instanceof Problem && (error.code === 'bad_setup_token' || Object.keys(error.errors).length > 0)
  )
}

/** The errors of a refused form, by field, in the words of the page; a corrected field has none any more. */
function errorsOf({ error, corrected }: Refused): Record<string, string[]> {
  if (!(error instanceof Problem)) return {}
  const gone = corrected.flatMap((field) => FILLS[field] ?? [field])
  const fields = error.code === 'bad_setup_token' ? ['token'] : Object.keys(error.errors)
  return Object.fromEntries(
    fields
      .filter((field) => !gone.includes(field))
      .map((field) => [field, [fieldSentence(error, field) ?? sentenceOf(error)]]),
  )
}

function Steps({ current }: { current: Step }) {
  const words = [t`Set-up code`, t`Owner`, t`Site`, t`Start`]
  return (
    <ol className={styles.steps} aria-label={t`Steps`}>
      {words.map((word, index) => {
        const number = index + 1
        const done = number < current
        return (
          <li
            key={word}
            className={done ? styles.done : ''}
            aria-current={number === current ? 'step' : undefined}
          >
            {done ? <Icon name="check" size="m" /> : <b aria-hidden="true">{number}</b>}
            {word}
          </li>
        )
      })}
    </ol>
  )
}

function DonePage({ slug }: { slug: string }) {
  const me = useMe()
  const queries = useQueryClient()
  // Not before this page is here: the set-up page would lead to the sign-in.
  useEffect(() => {
    queries.setQueryData(keys.setup, { needed: false })
  }, [queries])
  if (me.error instanceof Problem && me.error.status === 401) return <Navigate to="/sign-in" replace />
  const name = me.data?.sites.find((site) => site.slug === slug)?.name
  return (
    <AuthPage>
      <Steps current={4} />
      {name !== undefined && (
        <>
          <StepTitle text={t`${name} is ready`} />
          <p className="soft">{t`Add the first device to receive readings, or look at the overview first.`}</p>
          <div className={styles.buttons} style={{ marginTop: 16, flexWrap: 'wrap' }}>
            <Link className="btn" to={`/s/${slug}`}>
              {t`See the overview`}
            </Link>
            <Link className="btn primary" to={`/s/${slug}/devices/new`}>
              {t`Add device`}
            </Link>
          </div>
        </>
      )}
    </AuthPage>
  )
}
