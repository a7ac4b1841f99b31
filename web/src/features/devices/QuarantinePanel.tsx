import { t } from '@lingui/core/macro'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'

import { ConfirmButton } from '@/components/ConfirmButton'
import { ErrorState } from '@/components/ErrorState'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Device, Quarantine } from '@/lib/api/types'
import { formatDateTime, formatNumber } from '@/lib/i18n'
import { keys } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'

import classes from './DeviceDetail.module.css'
import { saidWords } from './saidWords'
import { rejectionWords } from './words'

const REFRESH_MS = 10_000

type Entry = Quarantine['results'][number]

/** Bodies that were refused, whole, with the reason; after a fix they can go through again. */
export function QuarantinePanel({ device }: { device: Device }) {
  const quarantine = useInfiniteQuery({
    queryKey: ['device', device.id, 'quarantine'],
    queryFn: ({ pageParam: cursor }) =>
      body(
        api.GET('/api/v1/devices/{device_id}/quarantine', {
          params: { path: { device_id: device.id }, query: cursor ? { cursor } : {} },
        }),
      ),
    initialPageParam: '',
    // The server's cursor is the number of the last one.
    getNextPageParam: ({ next, results }) => (next ? String(results.at(-1)?.id ?? '') : null),
    refetchInterval: REFRESH_MS,
  })
  if (quarantine.isError && !quarantine.data) {
    return (
      <section className="panel">
        <ErrorState error={quarantine.error} onRetry={() => void quarantine.refetch()} />
      </section>
    )
  }
  const pages = quarantine.data?.pages ?? []
  const entries = pages.flatMap(({ results }) => results)
  const counts = Object.entries(pages[0]?.counts ?? {}).filter(([, count]) => count > 0)
  return (
    <section className="panel">
      <header className="wrap">
        <h2 className="grow">{t`Rejected messages`}</h2>
        <span className="small muted">
          {counts.map(([reason, count]) => `${rejectionWords(reason)} ${formatNumber(count, 0)}`).join(' · ')}
        </span>
      </header>
      {entries.length === 0 && <p className={`soft ${classes.pad}`}>{t`No messages were rejected.`}</p>}
      <ul>
        {entries.map((entry) => (
          <EntryRow key={entry.id} device={device} entry={entry} />
        ))}
      </ul>
      {quarantine.hasNextPage && (
        <button
          type="button"
          className="btn"
          disabled={quarantine.isFetchingNextPage}
          onClick={() => void quarantine.fetchNextPage()}
        >
          {t`Show older`}
        </button>
      )}
    </section>
  )
}

function EntryRow({ device, entry }: { device: Device; entry: Entry }) {
  const { slug } = useSite()
  const operator = useCan('operator')
  const client = useQueryClient()
  const path = { device_id: device.id, row_id: entry.id }
  const changed = async () => {
    await client.invalidateQueries({ queryKey: ['device', device.id, 'quarantine'] })
    await client.invalidateQueries({ queryKey: keys.devices(slug) })
    await client.invalidateQueries({ queryKey: keys.series(slug) })
  }
  const retry = useMutation({
    mutationFn: () =>
      body(api.POST('/api/v1/devices/{device_id}/quarantine/{row_id}/retry', { params: { path } })),
    onSuccess: changed,
  })
  const remove = useMutation({
    mutationFn: () => api.DELETE('/api/v1/devices/{device_id}/quarantine/{row_id}', { params: { path } }),
    onSuccess: changed,
  })
  const size = formatNumber(entry.size, 0)
  const error = retry.error ?? remove.error
  const words = saidWords(entry.said, entry.detail)
  return (
    <li className={classes.entry}>
      <div className="row wrap">
        <b className="grow">{rejectionWords(entry.reason)}</b>
        <span className="small muted num">
          {formatDateTime(entry.at_ms, true)} · {t`${size} bytes`}
        </span>
      </div>
      {words && <p className="small soft">{words}</p>}
      <pre tabIndex={-1}>
        <code>{entry.encoding === 'utf-8' ? entry.body : `base64: ${entry.body}`}</code>
      </pre>
      {operator && (
        <div className="row wrap">
          <button type="button" className="btn" disabled={retry.isPending} onClick={() => retry.mutate()}>
            {t`Send through again`}
          </button>
          <ConfirmButton
            text={t`Delete`}
            question={t`The message is gone for good.`}
            pending={remove.isPending}
            onConfirm={() => remove.mutate()}
          />
          <span role="status" className="small soft">
            {retry.data && outcomeWords(retry.data)}
          </span>
        </div>
      )}
      {error && <p role="alert">{sentenceOf(error)}</p>}
    </li>
  )
}

function outcomeWords(outcome: {
  stored: number
  duplicate: number
  rejected: { reason: string }[]
}): string {
  const { stored, duplicate } = outcome
  const rejected = outcome.rejected[0]
  if (rejected) {
    const why = rejectionWords(rejected.reason)
    return t`Still rejected: ${why}`
  }
  return duplicate > 0 ? t`Stored ${stored}, duplicate ${duplicate}` : t`Stored ${stored}`
}
