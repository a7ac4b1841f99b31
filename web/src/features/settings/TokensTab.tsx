import { t } from '@lingui/core/macro'
import { Checkbox, Select, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { OnceBox } from '@/components/OnceBox'
import { RowsSkeleton } from '@/components/Skeletons'
import { api, body } from '@/lib/api/client'
import type { Token } from '@/lib/api/types'
import { useNow } from '@/lib/live/clock'
import { formatDate, formatDateTime } from '@/lib/i18n'
import { keys } from '@/lib/queries'
import { ConfirmButton } from '@/components/ConfirmButton'
import { Failed, Setting } from './Setting'
import styles from './SettingsPage.module.css'

/** Bearer tokens of this person, for programs. */
export function TokensTab() {
  const tokens = useQuery({ queryKey: keys.tokens, queryFn: () => body(api.GET('/api/v1/tokens')) })
  return (
    <div className={styles.columns}>
      <NewToken />
      <section className="panel" aria-label={t`Access tokens`}>
        {tokens.isPending && <RowsSkeleton count={2} />}
        {tokens.error && <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />}
        {tokens.data?.length === 0 && <EmptyState text={t`No tokens yet.`} />}
        {tokens.data?.map((token) => (
          <TokenRow key={token.id} token={token} />
        ))}
      </section>
    </div>
  )
}

function NewToken() {
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [days, setDays] = useState('90')
  const [readOnly, setReadOnly] = useState(false)
  const create = useMutation({
    mutationFn: () =>
      body(
        api.POST('/api/v1/tokens', {
          body: {
            name: name.trim(),
            read_only: readOnly,
            expires_in_days: days === '' ? null : Number(days),
          },
        }),
      ),
    onSuccess: async () => {
      setName('')
      await queries.invalidateQueries({ queryKey: keys.tokens })
    },
  })
  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (name.trim() !== '') create.mutate()
  }
  return (
    <section className="panel" aria-labelledby="new-token">
      <header>
        <h2 id="new-token">{t`New access token`}</h2>
      </header>
      <form className={styles.form} onSubmit={submit}>
        <p className="soft">{t`For programs that call the API for you. They may do what you may do.`}</p>
        <TextInput label={t`Name`} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Checkbox
          label={t`Read only: can change nothing`}
          checked={readOnly}
          onChange={(event) => setReadOnly(event.currentTarget.checked)}
        />
        <div className={styles.buttons}>
          <Select
            label={t`Expires after`}
            w={150}
            data={[
              { value: '7', label: t`7 days` },
              { value: '30', label: t`30 days` },
              { value: '90', label: t`90 days` },
              { value: '365', label: t`1 year` },
              { value: '', label: t`Never` },
            ]}
            value={days}
            allowDeselect={false}
            onChange={(value) => value !== null && setDays(value)}
          />
          <button type="submit" className="btn primary" disabled={name.trim() === '' || create.isPending}>
            {t`Create token`}
          </button>
        </div>
        <Failed error={create.error} />
        {create.data && (
          <OnceBox
            value={create.data.token}
            note={t`This token is shown only once. The server keeps a hash.`}
          />
        )}
      </form>
    </section>
  )
}

function TokenRow({ token }: { token: Token }) {
  const { name } = token
  const now = useNow()
  const queries = useQueryClient()
  const remove = useMutation({
    mutationFn: () => api.DELETE('/api/v1/tokens/{token_id}', { params: { path: { token_id: token.id } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.tokens }),
  })
  return (
    <Setting name={name} note={notesOf(token, now).join(' · ')} error={remove.error}>
      <ConfirmButton
        text={t`Revoke`}
        label={t`Revoke ${name}`}
        question={t`Programs that use this token stop at once.`}
        pending={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </Setting>
  )
}

function notesOf(token: Token, nowMs: number): string[] {
  const made = formatDate(Date.parse(token.created_at))
  const used = token.last_used_at === null ? null : formatDateTime(Date.parse(token.last_used_at))
  return [
    ...(token.read_only ? [t`read only`] : []),
    t`made ${made}`,
    used === null ? t`never used` : t`last used ${used}`,
    endOf(token, nowMs),
  ]
}

function endOf(token: Token, nowMs: number): string {
  if (token.expires_at === null) return t`does not expire`
  const endMs = Date.parse(token.expires_at)
  const end = formatDate(endMs)
  return endMs <= nowMs ? t`expired ${end}` : t`expires ${end}`
}
