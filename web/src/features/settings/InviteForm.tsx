import { t } from '@lingui/core/macro'
import { TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { OnceBox } from '@/components/OnceBox'
import { api, body } from '@/lib/api/client'
import type { Role } from '@/lib/api/types'
import { keys } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { useUnsaved } from '@/lib/unsaved'
import { RoleSelect } from './RoleSelect'
import { Failed } from './Setting'
import styles from './SettingsPage.module.css'

/** By name for who has an account here, by link for who has none. */
export function InviteForm() {
  const { slug } = useSite()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('operator')
  const invite = useMutation({
    mutationFn: (to: string) =>
      body(
        api.POST('/api/v1/sites/{slug}/invitations', {
          params: { path: { slug } },
          body: { name: to, role },
        }),
      ),
    onSuccess: async () => {
      setName('')
      await queries.invalidateQueries({ queryKey: keys.invitations(slug) })
    },
  })
  useUnsaved(name !== '' && !invite.isPending)
  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (name.trim() !== '') invite.mutate(name.trim())
  }
  const made = invite.data
  return (
    <section className="panel" aria-labelledby="invite">
      <header>
        <h2 id="invite">{t`Invite a member`}</h2>
      </header>
      <form className={styles.form} onSubmit={submit}>
        <p className="soft">
          {t`Whoever is invited sees it after signing in, and becomes a member only by accepting.`}
        </p>
        <TextInput
          label={t`User name or e-mail`}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <div className={styles.buttons}>
          <RoleSelect visible value={role} onChange={setRole} />
          <button type="submit" className="btn primary" disabled={name.trim() === '' || invite.isPending}>
            {t`Invite`}
          </button>
          <button type="button" className="btn" disabled={invite.isPending} onClick={() => invite.mutate('')}>
            {t`Make an invitation link`}
          </button>
        </div>
        <Failed error={invite.error} />
        {made && made.code === '' && <Sent name={made.name} />}
        {made && made.code !== '' && (
          <OnceBox
            value={`${window.location.origin}/join#${made.code}`}
            note={t`This link is shown only once and works once, for 7 days. Whoever has it gets in: send it to nobody but the person you invite.`}
          />
        )}
      </form>
    </section>
  )
}

function Sent({ name }: { name: string }) {
  return (
    <p role="status">{t`The invitation for ${name} is saved. If there is such an account, they will see it.`}</p>
  )
}
