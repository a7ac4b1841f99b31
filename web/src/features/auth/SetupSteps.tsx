import { t } from '@lingui/core/macro'
import { PasswordInput, TextInput } from '@mantine/core'
import { useEffect, useMemo, useRef, useState, type ReactNode, type SubmitEvent } from 'react'
import { flushSync } from 'react-dom'
import { LanguageField } from '@/components/LanguageField'
import { TimezoneField } from '@/components/TimezoneField'
import { currentLanguage } from '@/lib/i18n'
import { slugOf } from '@/lib/slug'
import { SHORTEST_PASSWORD, strengthWords } from './password'
import type { SetupForm } from './setupForm'
import { StepTitle } from './StepTitle'
import styles from './auth.module.css'

interface StepProps {
  form: SetupForm
  change: (part: Partial<SetupForm>) => void
  /** What the server refused, by field; a corrected field has none. */
  errors: Record<string, string[]>
  pending: boolean
}

type Faults = Record<string, string | undefined>

/** A form that stops at its first wrong field and puts the focus there, whether the page or the server found it. */
function StepForm({
  onValid,
  check,
  errors,
  pending,
  children,
}: {
  onValid: () => void
  check: () => Faults
  errors: Record<string, string[]>
  pending: boolean
  children: (faults: Faults) => ReactNode
}) {
  const form = useRef<HTMLFormElement>(null)
  const [left, setLeft] = useState(false)
  const found = check()
  const faults = left ? found : {}
  function focusFirst() {
    const field = form.current?.querySelector('[aria-invalid="true"]')
    if (field instanceof HTMLElement) field.focus()
  }
  const refused = Object.keys(errors).length > 0
  useEffect(() => {
    if (refused) focusFirst()
  }, [refused])
  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (pending) return
    flushSync(() => setLeft(true))
    if (Object.values(found).every((words) => words === undefined)) onValid()
    else focusFirst()
  }
  return (
    <form ref={form} onSubmit={submit} noValidate>
      {children(faults)}
    </form>
  )
}

export function CodeStep({ form, change, errors, pending, onDone }: StepProps & { onDone: () => void }) {
  return (
    <>
      <StepTitle text={t`Set up Belvedere`} />
      <p className="soft">{t`The set-up code was printed on the server's console at first start.`}</p>
      <p className="small muted">
        {t`See the code again:`} <code>belvedere setup-token</code>
      </p>
      <StepForm
        onValid={onDone}
        errors={errors}
        pending={pending}
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
              error={faults.token ?? errors.token?.[0]}
              onChange={(event) => change({ token: event.currentTarget.value })}
            />
            <div className={styles.buttons}>
              <button type="submit" className="btn primary" disabled={pending}>{t`Next`}</button>
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
  pending,
  onBack,
  onDone,
}: StepProps & { onBack: () => void; onDone: () => void }) {
  const check = (): Faults => ({
    name: form.name.trim() === '' ? t`Fill in your name.` : undefined,
    email: /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(form.email.trim())
      ? undefined
      : t`That is not an e-mail address; one looks like hanh@example.com.`,
    password: form.password.length < SHORTEST_PASSWORD ? strengthWords(form.password) : undefined,
  })
  return (
    <>
      <StepTitle text={t`You are the owner`} />
      <StepForm onValid={onDone} check={check} errors={errors} pending={pending}>
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
              <button type="submit" className="btn primary" disabled={pending}>{t`Next`}</button>
            </div>
          </>
        )}
      </StepForm>
    </>
  )
}

interface SiteStepProps extends StepProps {
  onBack: () => void
  onDone: (slug: string) => void
}

export function SiteStep({ form, change, errors, pending, onBack, onDone }: SiteStepProps) {
  const { siteName } = form
  const slug = useMemo(() => (siteName.trim() === '' ? '' : slugOf(siteName)), [siteName])
  return (
    <>
      <StepTitle text={t`The first site`} />
      <p className="soft">{t`A home, a farm, a store room, a shop or a factory.`}</p>
      <StepForm
        onValid={() => onDone(slug)}
        errors={errors}
        pending={pending}
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
              error={
                faults.siteName ?? errors.site?.[0] ?? errors['site.name']?.[0] ?? errors['site.slug']?.[0]
              }
              onChange={(event) => change({ siteName: event.currentTarget.value })}
            />
            <TextInput
              label={t`Place (optional)`}
              name="address"
              value={form.address}
              onChange={(event) => change({ address: event.currentTarget.value })}
            />
            <TimezoneField value={form.timezone} onChange={(timezone) => change({ timezone })} />
            <LanguageField
              label={t`Language`}
              value={form.language ?? currentLanguage()}
              onChange={(language) => change({ language })}
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
