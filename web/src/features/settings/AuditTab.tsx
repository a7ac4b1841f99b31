import { t } from '@lingui/core/macro'
import { Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { RowsSkeleton } from '@/components/Skeletons'
import { api, body } from '@/lib/api/client'
import type { AuditEntry } from '@/lib/api/types'
import { formatDateTime } from '@/lib/i18n'
import { keys } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { AUDIT_GROUPS, auditWords, groupWord, type AuditGroup } from './auditWords'
import styles from './SettingsPage.module.css'

interface Asked {
  q: string
  kind: AuditGroup | undefined
  mine: boolean
}

function useAudit({ q, kind, mine }: Asked) {
  const { slug } = useSite()
  return useInfiniteQuery({
    queryKey: [...(mine ? keys.myAudit : keys.audit(slug)), q, kind],
    queryFn: ({ pageParam: cursor }) => {
      const query = { q, kind, cursor: cursor ?? undefined }
      return mine
        ? body(api.GET('/api/v1/me/audit', { params: { query } }))
        : body(api.GET('/api/v1/sites/{slug}/audit', { params: { path: { slug }, query } }))
    },
    initialPageParam: null as number | null,
    getNextPageParam: ({ next }) => next,
  })
}

/** Who did what: at the site for its owners, and for everybody what they did themselves. The filter is in the address. */
export function AuditTab() {
  const owner = useCan('owner')
  const [search, setSearch] = useSearchParams()
  const [typed, setTyped] = useState(search.get('q') ?? '')
  const [q] = useDebouncedValue(typed, 250)
  const kind = AUDIT_GROUPS.find((group) => group === search.get('kind'))
  const mine = !owner || search.has('mine')
  const audit = useAudit({ q, kind, mine })
  const entries = audit.data?.pages.flatMap((page) => page.entries) ?? []
  const change = (key: string, value: string | null) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before)
        if (value === null || value === '') next.delete(key)
        else next.set(key, value)
        return next
      },
      { replace: true },
    )
  return (
    <section className="panel" aria-label={t`Audit log`}>
      <div className={styles.form}>
        <p className="soft">{t`Kept for a year. Passwords and secrets are never in it.`}</p>
        <div className={styles.inline}>
          <TextInput
            label={t`Search`}
            placeholder={t`Person, name or address`}
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value)
              change('q', event.currentTarget.value)
            }}
          />
          <Select
            label={t`About`}
            w={200}
            clearable
            placeholder={t`Everything`}
            data={AUDIT_GROUPS.map((group) => ({ value: group, label: groupWord(group) }))}
            value={kind ?? null}
            onChange={(value) => change('kind', value)}
          />
        </div>
        {owner && (
          <div className="seg" role="group" aria-label={t`Whose`}>
            <button type="button" aria-pressed={!mine} onClick={() => change('mine', null)}>
              {t`This site`}
            </button>
            <button type="button" aria-pressed={mine} onClick={() => change('mine', '1')}>
              {t`Only me`}
            </button>
          </div>
        )}
      </div>
      {audit.isPending && <RowsSkeleton count={6} />}
      {audit.error && <ErrorState error={audit.error} onRetry={() => void audit.refetch()} />}
      {audit.data && entries.length === 0 && <EmptyState text={t`Nothing found.`} />}
      {entries.length > 0 && <AuditTable entries={entries} />}
      {audit.hasNextPage && (
        <div className={styles.form}>
          <button
            type="button"
            className="btn"
            disabled={audit.isFetchingNextPage}
            onClick={() => void audit.fetchNextPage()}
          >
            {t`Show older`}
          </button>
        </div>
      )}
    </section>
  )
}

function AuditTable({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <table className={styles.audit}>
      <thead>
        <tr>
          <th scope="col">{t`Time`}</th>
          <th scope="col">{t({ message: 'Who', context: 'audit log' })}</th>
          <th scope="col">{t({ message: 'What', context: 'audit log' })}</th>
          <th scope="col">{t({ message: 'From', context: 'address' })}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <AuditRow key={entry.id} entry={entry} />
        ))}
      </tbody>
    </table>
  )
}

function AuditRow({ entry }: { entry: AuditEntry }) {
  const { who, who_name: name, token_name: token } = entry
  const from = [entry.address, token && t`by the access token ${token}`].filter(Boolean).join(' · ')
  return (
    <tr>
      <td>
        <time dateTime={entry.at}>{formatDateTime(Date.parse(entry.at), true)}</time>
      </td>
      <td>
        <b>{name || who}</b>
        {name !== '' && name !== who && <span className="small muted"> {who}</span>}
      </td>
      <td>{auditWords(entry)}</td>
      <td className="small muted">{from}</td>
    </tr>
  )
}
