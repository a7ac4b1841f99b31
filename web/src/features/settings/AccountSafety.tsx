import { t } from '@lingui/core/macro'
import { PasswordInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { useNavigate } from 'react-router'
import { api } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import { signedOut } from '@/lib/session'
import { useUnsaved } from '@/lib/unsaved'
import { ConfirmButton } from '@/components/ConfirmButton'
import { SessionList } from './SessionList'
import { Failed, Setting } from './Setting'
import styles from './SettingsPage.module.css'

/** Password, sessions, and the end of the account. */
export function AccountSafety() {
  return (
    <>
      <ChangePassword />
      <section className="panel" aria-label={t`Sessions`}>
        <SessionList />
        <SignOutEverywhere />
      </section>
      <CloseAccount />
    </>
  )
}

/** After what ends this session too. */
function useLeave() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    await navigate('/sign-in', { replace: true })
    signedOut(queries)
  }
}

function Password({
  label,
  autoComplete,
  value,
  onChange,
}: {
  label: string
  autoComplete: string
  value: string
  onChange: (value: string) => void
}) {
  return (
    <PasswordInput
      label={label}
      autoComplete={autoComplete}
      value={value}
      visibilityToggleButtonProps={{ 'aria-label': t`Show password`, tabIndex: 0 }}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

function ChangePassword() {
  const [present, setPresent] = useState('')
  const [next, setNext] = useState('')
  const change = useMutation({
    mutationFn: () =>
      api.POST('/api/v1/me/password', { body: { current_password: present, password: next } }),
    onSuccess: () => {
      setPresent('')
      setNext('')
    },
  })
  const ready = present !== '' && next !== ''
  useUnsaved(next !== '' && !change.isPending)
  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (ready) change.mutate()
  }
  return (
    <section className="panel" aria-labelledby="change-password">
      <header>
        <h2 id="change-password">{t`Change password`}</h2>
      </header>
      <form className={styles.form} onSubmit={submit}>
        <p className="soft">{t`All your other sessions end; access tokens stay.`}</p>
        <Password
          label={t`Present password`}
          autoComplete="current-password"
          value={present}
          onChange={setPresent}
        />
        <Password label={t`New password`} autoComplete="new-password" value={next} onChange={setNext} />
        <Failed error={change.error} />
        {change.isSuccess && !ready && <p role="status">{t`The password is changed.`}</p>}
        <div>
          <button type="submit" className="btn primary" disabled={!ready || change.isPending}>
            {t`Change password`}
          </button>
        </div>
      </form>
    </section>
  )
}

function SignOutEverywhere() {
  const leave = useLeave()
  const end = useMutation({ mutationFn: () => api.DELETE('/api/v1/sessions'), onSuccess: leave })
  return (
    <Setting
      name={t`Sign out everywhere`}
      note={t`Ends every session of yours on every device, this one too. Access tokens stay.`}
      error={end.error}
    >
      <ConfirmButton
        text={t`Sign out everywhere`}
        question={t`You will have to sign in again.`}
        pending={end.isPending}
        onConfirm={() => end.mutate()}
      />
    </Setting>
  )
}

function CloseAccount() {
  const leave = useLeave()
  const [password, setPassword] = useState('')
  const close = useMutation({
    mutationFn: () => api.POST('/api/v1/me/close', { body: { current_password: password } }),
    onSuccess: leave,
  })
  return (
    <section className="panel" aria-labelledby="close-account">
      <header>
        <h2 id="close-account">{t`Close account`}</h2>
      </header>
      <form className={styles.form} onSubmit={(event) => event.preventDefault()}>
        <p className="soft">
          {t`You leave every site; sessions and access tokens end; e-mail and name are deleted. The user name stays in the history and nobody can use it again.`}
        </p>
        <Password
          label={t`Present password (to close)`}
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
        />
        <CloseFailed error={close.error} />
        <div>
          <ConfirmButton
            text={t`Close account`}
            question={t`This cannot be undone.`}
            pending={close.isPending || password === ''}
            onConfirm={() => close.mutate()}
          />
        </div>
      </form>
    </section>
  )
}

function CloseFailed({ error }: { error: unknown }) {
  if (error instanceof Problem && error.code === 'last_owner') {
    const sites = (error.errors.sites ?? []).join(', ')
    return (
      <p className={styles.failed} role="alert">
        {t`Make somebody else owner first, of: ${sites}.`}
      </p>
    )
  }
  return <Failed error={error} />
}
