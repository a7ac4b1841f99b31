import { t } from '@lingui/core/macro'
import { Checkbox, Select, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { CopyButton } from '@/components/CopyButton'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { RowsSkeleton } from '@/components/Skeletons'
import { api, body } from '@/lib/api/client'
import type { Token } from '@/lib/api/types'
import { useNow } from '@/lib/clock'
import { formatDate, formatDateTime } from '@/lib/i18n'
import { keys } from '@/lib/queries'
import { ConfirmButton } from './ConfirmButton'
import { Failed, Setting } from './Setting'
import styles from './SettingsPage.module.css'

/** Bearer tokens of this person, for programs. */
export function TokensTab() {
  const tokens = useQuery({ queryKey: keys.tokens, queryFn: () => body(api.GET('/api/v1/tokens')) })
  return (
    <section className="panel" aria-label={t`Mã truy cập`}>
      <NewToken />
      {tokens.isPending && <RowsSkeleton count={2} />}
      {tokens.error && <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.data?.length === 0 && <EmptyState text={t`Chưa có mã nào.`} />}
      {tokens.data?.map((token) => (
        <TokenRow key={token.id} token={token} />
      ))}
    </section>
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
    <form className={styles.form} onSubmit={submit}>
      <p className="soft">{t`Cho chương trình gọi API thay bạn. Có đúng quyền của bạn.`}</p>
      <TextInput label={t`Tên`} value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <Checkbox
        label={t`Chỉ đọc: không sửa được gì`}
        checked={readOnly}
        onChange={(event) => setReadOnly(event.currentTarget.checked)}
      />
      <div className={styles.buttons}>
        <Select
          label={t`Hết hạn sau`}
          w={150}
          data={[
            { value: '90', label: t`90 ngày` },
            { value: '365', label: t`1 năm` },
            { value: '', label: t`Không hết hạn` },
          ]}
          value={days}
          allowDeselect={false}
          onChange={(value) => value !== null && setDays(value)}
        />
        <button type="submit" className="btn primary" disabled={name.trim() === '' || create.isPending}>
          {t`Tạo mã`}
        </button>
      </div>
      <Failed error={create.error} />
      {create.data && (
        <div className={styles.secret} role="status">
          <code>{create.data.token}</code>
          <span className="small">{t`Mã chỉ hiện một lần này. Máy chủ chỉ giữ bản băm.`}</span>
          <span>
            <CopyButton value={create.data.token} />
          </span>
        </div>
      )}
    </form>
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
        text={t`Thu hồi`}
        label={t`Thu hồi ${name}`}
        question={t`Chương trình dùng mã này dừng ngay.`}
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
    ...(token.read_only ? [t`chỉ đọc`] : []),
    t`tạo ${made}`,
    used === null ? t`chưa dùng lần nào` : t`dùng gần nhất ${used}`,
    endOf(token, nowMs),
  ]
}

function endOf(token: Token, nowMs: number): string {
  if (token.expires_at === null) return t`không hết hạn`
  const endMs = Date.parse(token.expires_at)
  const end = formatDate(endMs)
  return endMs <= nowMs ? t`đã hết hạn ${end}` : t`hết hạn ${end}`
}
