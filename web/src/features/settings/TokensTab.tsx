import { t } from '@lingui/core/macro'
import { TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { ErrorState } from '@/components/ErrorState'
import { RowsSkeleton } from '@/components/Skeletons'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import { formatDate } from '@/lib/i18n'
import { keys } from '@/lib/queries'
import styles from './SettingsPage.module.css'

/** Bearer tokens of this person, for programs. */
export function TokensTab() {
  const queries = useQueryClient()
  const tokens = useQuery({ queryKey: keys.tokens, queryFn: () => body(api.GET('/api/v1/tokens')) })
  const refresh = () => queries.invalidateQueries({ queryKey: keys.tokens })
  const [name, setName] = useState('')
  const create = useMutation({
    mutationFn: () => body(api.POST('/api/v1/tokens', { body: { name: name.trim() } })),
    onSuccess: async () => {
      setName('')
      await refresh()
    },
  })
  const remove = useMutation({
    mutationFn: (id: number) =>
      api.DELETE('/api/v1/tokens/{token_id}', { params: { path: { token_id: id } } }),
    onSuccess: refresh,
  })
  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (name.trim() !== '') create.mutate()
  }
  return (
    <section className="panel" aria-label={t`Mã truy cập`}>
      <form className={styles.form} onSubmit={submit}>
        <p className="soft">{t`Cho chương trình gọi API thay bạn. Có đúng quyền của bạn.`}</p>
        <div className={styles.inline}>
          <TextInput label={t`Tên`} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <button type="submit" className="btn primary" disabled={name.trim() === '' || create.isPending}>
            {t`Tạo mã`}
          </button>
        </div>
        {create.isError && (
          <p className={styles.failed} role="alert">
            {sentenceOf(create.error)}
          </p>
        )}
        {create.data && (
          <div className={styles.secret} role="status">
            <code>{create.data.token}</code>
            <span className="small">{t`Mã chỉ hiện một lần này. Máy chủ chỉ giữ bản băm.`}</span>
          </div>
        )}
      </form>
      {tokens.isPending && <RowsSkeleton count={2} />}
      {tokens.error && <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.data?.map((token) => (
        <div key={token.id} className={styles.setting}>
          <div>
            <b>{token.name}</b>
            <span className="small muted">{formatDate(Date.parse(token.created_at))}</span>
          </div>
          <button
            type="button"
            className="btn"
            disabled={remove.isPending}
            onClick={() => remove.mutate(token.id)}
          >
            {t`Thu hồi`}
          </button>
        </div>
      ))}
    </section>
  )
}
