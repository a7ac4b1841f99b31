import { t } from '@lingui/core/macro'
import { PasswordInput, Select, TextInput } from '@mantine/core'
import { useMemo, useState, type SubmitEvent, type ReactNode } from 'react'
import { PageTitle } from '@/components/PageTitle'
import { slugOf } from '@/lib/slug'
import { SHORTEST_PASSWORD, strengthWords } from './password'
import type { SetupForm } from './SetupPage'
import styles from './auth.module.css'

interface StepProps {
  form: SetupForm
  change: (part: Partial<SetupForm>) => void
  /** What the server refused, by field. */
  errors: Record<string, string[]>
}

type Faults = Record<string, string | undefined>

/** A form that stops at its first wrong field and puts the focus there. */
function StepForm({
  onValid,
  check,
  children,
}: {
  onValid: () => void
  check: () => Faults
  children: (faults: Faults) => ReactNode
}) {
  const [faults, setFaults] = useState<Faults>({})
  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    const found = check()
    setFaults(found)
    const first = Object.keys(found).find((field) => found[field] !== undefined)
    if (first === undefined) {
      onValid()
      return
    }
    const field = event.currentTarget.elements.namedItem(first)
    if (field instanceof HTMLElement) field.focus()
  }
  return (
    <form onSubmit={submit} noValidate>
      {children(faults)}
    </form>
  )
}

export function CodeStep({ form, change, onDone }: StepProps & { onDone: () => void }) {
  return (
    <>
      <PageTitle text={t`Set up Belvedere`} />
      <p className="soft">{t`The set-up code was printed on the server's console at first start.`}</p>
      <p className="small muted">
        {t`See the code again:`} <code>belvedere setup-token</code>
      </p>
      <StepForm
        onValid={onDone}
        check={() => ({ token: form.token.trim() === '' ? t`Fill in the set-up code.` : undefined })}
      >
        {(faults) => (
          <>
            <TextInput
              label={t`Set-up code`}
              name="token"
              autoComplete="one-time-code"
              autoCapitalize="none"
              spellCheck={false}
              value={form.token}
              error={faults.token}
              onChange={(event) => change({ token: event.currentTarget.value })}
            />
            <div className={styles.buttons}>
              <button type="submit" className="btn primary">{t`Next`}</button>
            </div>
          </>
        )}
      </StepForm>
    </>
  )
}

export function OwnerStep({
  form,
  change,
  errors,
  onBack,
  onDone,
}: StepProps & { onBack: () => void; onDone: () => void }) {
  const check = (): Faults => ({
    name: form.name.trim() === '' ? t`Fill in your name.` : undefined,
    email: /^\S+@\S+$/.test(form.email.trim())
      ? undefined
      : t`That is not an e-mail address; one looks like hanh@example.com.`,
    password: form.password.length < SHORTEST_PASSWORD ? strengthWords(form.password) : undefined,
  })
  return (
    <>
      <PageTitle text={t`You are the owner`} />
      <StepForm onValid={onDone} check={check}>
        {(faults) => (
          <>
            <TextInput
              label={t`Name`}
              name="name"
              autoComplete="name"
              value={form.name}
              error={faults.name ?? errors.name?.[0]}
              onChange={(event) => change({ name: event.currentTarget.value })}
            />
            <TextInput
              label={t`E-mail`}
              name="email"
              type="email"
              autoComplete="username"
              value={form.email}
              error={faults.email ?? errors.email?.[0] ?? errors.username?.[0]}
              onChange={(event) => change({ email: event.currentTarget.value })}
            />
            <div>
              <PasswordInput
                label={t`Password`}
                name="password"
                autoComplete="new-password"
                value={form.password}
                error={faults.password ?? errors.password?.[0]}
                aria-invalid={faults.password !== undefined || errors.password !== undefined}
                visibilityToggleButtonProps={{ 'aria-label': t`Show password`, tabIndex: 0 }}
                onChange={(event) => change({ password: event.currentTarget.value })}
              />
              <p className={styles.meter} role="status">
                {strengthWords(form.password)}
              </p>
            </div>
            <div className={styles.buttons}>
              <button type="button" className="btn" onClick={onBack}>{t`Back`}</button>
              <button type="submit" className="btn primary">{t`Next`}</button>
            </div>
          </>
        )}
      </StepForm>
    </>
  )
}

/** A list longer than this is searched, not read; the browser knows over 400 zones. */
const ZONES_SHOWN = 60

/** Every zone the browser knows; a site far away is rare but real. */
function zones(current: string): string[] {
  const known = Intl.supportedValuesOf('timeZone')
  return known.includes(current) ? known : [current, ...known]
}

interface SiteStepProps extends StepProps {
  pending: boolean
  onBack: () => void
  onDone: (slug: string) => void
}

export function SiteStep({ form, change, errors, pending, onBack, onDone }: SiteStepProps) {
  const { siteName } = form
  const known = useMemo(() => zones(form.timezone), [form.timezone])
  const slug = useMemo(() => (siteName.trim() === '' ? '' : slugOf(siteName)), [siteName])
  return (
    <>
      <PageTitle text={t`The first site`} />
      <p className="soft">{t`A home, a farm, a store room, a shop or a factory.`}</p>
      <StepForm
        onValid={() => onDone(slug)}
        check={() => ({
          siteName: slug === '' ? t`Fill in the site's name.` : undefined,
        })}
      >
        {(faults) => (
          <>
            <TextInput
              label={t`Site name`}
              name="siteName"
              value={form.siteName}
              description={slug ? `/s/${slug}` : undefined}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              error={faults.siteName ?? errors.site?.[0]}
              onChange={(event) => change({ siteName: event.currentTarget.value })}
            />
            <TextInput
              label={t`Place (optional)`}
              name="address"
              value={form.address}
              onChange={(event) => change({ address: event.currentTarget.value })}
            />
            <Select
              label={t`Time zone`}
              name="timezone"
              searchable
              data={known}
              limit={ZONES_SHOWN}
              value={form.timezone}
              allowDeselect={false}
              onChange={(timezone) => timezone !== null && change({ timezone })}
            />
            <Select
              label={t`Language`}
              data={[
                { value: 'vi', label: 'Tiếng Việt' },
                { value: 'en', label: 'English' },
              ]}
              value={form.language}
              allowDeselect={false}
              onChange={(language) => language !== null && change({ language })}
            />
            <div className={styles.buttons}>
              <button type="button" className="btn" onClick={onBack}>{t`Back`}</button>
              <button type="submit" className="btn primary" disabled={pending}>
                {t`Create site`}
              </button>
            </div>
          </>
        )}
      </StepForm>
    </>
  )
}
