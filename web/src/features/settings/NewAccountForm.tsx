import { t } from '@lingui/core/macro'
import { PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { api, body } from '@/lib/api/client'
import type { Role } from '@/lib/api/types'
import { keys } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { useUnsaved } from '@/lib/unsaved'
import { RoleSelect } from './RoleSelect'
import { Failed } from './Setting'
import styles from './SettingsPage.module.css'

/** For somebody at one's side: the owner chooses name and first password. */
export function NewAccountForm() {
  const { slug } = useSite()
  const queries = useQueryClient()
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const add = useMutation({
    mutationFn: () =>
      body(
        api.POST('/api/v1/sites/{slug}/members', {
          params: { path: { slug } },
          body: { username: username.trim(), role, password },
        }),
      ),
    onSuccess: async () => {
      setUsername('')
      setPassword('')
      await queries.invalidateQueries({ queryKey: keys.members(slug) })
      await queries.invalidateQueries({ queryKey: keys.invitations(slug) })
    },
  })
  useUnsaved((username !== '' || password !== '') && !add.isPending)
  const ready = username.trim() !== '' && password !== ''
  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (ready) add.mutate()
  }
  return (
    <section className="panel" aria-labelledby="new-account">
      <header>
        <h2 id="new-account">{t`New account`}</h2>
      </header>
      <form className={styles.form} onSubmit={submit}>
        <p className="soft">
          {t`For somebody without an account. If somebody has this name already, they are invited and the password given here is not used.`}
        </p>
        <TextInput
          label={t`User name`}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordInput
          label={t`First password`}
          autoComplete="new-password"
          value={password}
          visibilityToggleButtonProps={{ 'aria-label': t`Show password`, tabIndex: 0 }}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <div className={styles.buttons}>
          <RoleSelect visible value={role} onChange={setRole} />
          <button type="submit" className="btn primary" disabled={!ready || add.isPending}>
            {t`Create account`}
          </button>
        </div>
        <Failed error={add.error} />
        {add.data && (
          <p role="status">
            {add.data.id === null
              ? t`Somebody has this name already: they were invited.`
              : t`The account is made. Give them the password.`}
          </p>
        )}
      </form>
    </section>
  )
}
