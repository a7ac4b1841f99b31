import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, Navigate } from 'react-router'
import { Icon } from '@/components/Icon'
import { PageTitle } from '@/components/PageTitle'
import { api, body } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import { sentenceOf } from '@/lib/api/sentences'
import { chooseLanguage, currentLanguage, type Language } from '@/lib/i18n'
import { keys } from '@/lib/queries'
import { AuthPage } from './AuthPage'
import { FormError } from './FormError'
import { CodeStep, OwnerStep, SiteStep } from './SetupSteps'
import { userNameOf } from './userName'
import styles from './auth.module.css'

export interface SetupForm {
  token: string
  name: string
  email: string
  password: string
  siteName: string
  address: string
  timezone: string
  language: Language
}

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

function stepOf(error: Error): Step {
  if (!(error instanceof Problem)) return 3
  if (error.code === 'bad_setup_token') return 1
  const steps = Object.keys(error.errors).map((field) => STEP_OF_FIELD[field.split('.', 1).join()] ?? 3)
  return steps.sort()[0] ?? 3
}

/** First run, in four steps; the server hears of it once, after the third. */
export default function SetupPage() {
  const queries = useQueryClient()
  const state = useQuery({ queryKey: keys.setup, queryFn: () => body(api.GET('/api/v1/setup')) })
  const [step, setStep] = useState<Step>(1)
  const [form, setForm] = useState<SetupForm>(() => ({
    token: '',
    name: '',
    email: '',
    password: '',
    siteName: '',
    address: '',
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    language: currentLanguage(),
  }))

  const setUp = useMutation({
    mutationFn: (slug: string) =>
      body(
        api.POST('/api/v1/setup', {
          body: {
            token: form.token.trim(),
            username: userNameOf(form.email),
            password: form.password,
            email: form.email.trim(),
            name: form.name.trim(),
            language: form.language,
            site: { slug, name: form.siteName.trim(), timezone: form.timezone, address: form.address.trim() },
          },
        }),
      ),
    onSuccess: async ({ user }) => {
      queries.setQueryData(keys.me, user)
      queries.setQueryData(keys.setup, { needed: false })
      setStep(4)
      if (form.language !== currentLanguage()) await chooseLanguage(form.language)
    },
    onError: (error) => setStep(stepOf(error)),
  })

  if (state.data?.needed === false && step !== 4) return <Navigate to="/sign-in" replace />
  const change = (part: Partial<SetupForm>) => setForm((before) => ({ ...before, ...part }))
  const problem = setUp.error instanceof Problem ? setUp.error : null
  const common = { form, change, errors: errorsOf(problem) }
  return (
    <AuthPage>
      <Steps current={step} />
      {setUp.error && step === stepOf(setUp.error) && <FormError text={firstWords(setUp.error)} />}
      {step === 1 && <CodeStep {...common} onDone={() => setStep(2)} />}
      {step === 2 && <OwnerStep {...common} onBack={() => setStep(1)} onDone={() => setStep(3)} />}
      {step === 3 && (
        <SiteStep
          {...common}
          pending={setUp.isPending}
          onBack={() => setStep(2)}
          onDone={(slug) => setUp.mutate(slug)}
        />
      )}
      {step === 4 && setUp.data && <DoneStep slug={setUp.data.site.slug} name={setUp.data.site.name} />}
    </AuthPage>
  )
}

/** What is wrong with a password comes in the language of the page and says more than "invalid"; all else has words here. */
function firstWords(error: Error): string {
  const [ofPassword] = error instanceof Problem ? (error.errors.password ?? []) : []
  return ofPassword ?? sentenceOf(error)
}

/** The errors of a refused form, by field, in the words of the page. */
function errorsOf(problem: Problem | null): Record<string, string[]> {
  const fields = Object.entries(problem?.errors ?? {})
  return Object.fromEntries(
    fields.map(([field, words]) => [
      field,
      field === 'password' || !problem
        ? words
        : [sentenceOf(new Problem(problem.status, { code: problem.code, errors: { [field]: words } }))],
    ]),
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

function DoneStep({ slug, name }: { slug: string; name: string }) {
  return (
    <>
      <PageTitle text={t`${name} is ready`} />
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
  )
}
