import { plural, t } from '@lingui/core/macro'
import { TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'

import { api, body } from '@/lib/api/client'
import type { Device } from '@/lib/api/types'
import { formatDate } from '@/lib/i18n'
import { keys } from '@/lib/queries'
import { useSite } from '@/lib/site'

import classes from './DeviceDetail.module.css'
import { Failure } from '@/components/EditParts'

type Wish = 'retire' | 'delete'

/** Out of use with its history, or away with all of it. */
export function RetirePanel({ device }: { device: Device }) {
  const [wish, setWish] = useState<Wish | null>(null)
  const retire = useRetire(device, () => setWish(null))
  const retired = Boolean(device.retired_at)
  return (
    <section className="panel">
      <header>
        <h2>{t`Out of use`}</h2>
      </header>
      <div className={`body ${classes.actions}`}>
        <Failure error={retire.error} />
        {wish === 'delete' ? (
          <DeleteQuestion device={device} onCancel={() => setWish(null)} />
        ) : wish === 'retire' ? (
          <div role="alert" className={classes.actions}>
            <p>{t`The device is disconnected at once, leaves the overview, and rules watch it no more. Its history stays, and you can bring it back.`}</p>
            <div className="row wrap">
              <button type="button" className="btn" onClick={() => setWish(null)}>{t`Cancel`}</button>
              <button
                type="button"
                className="btn primary"
                disabled={retire.isPending}
                onClick={() => retire.mutate(true)}
              >{t`Retire device`}</button>
            </div>
          </div>
        ) : (
          <div className="row wrap">
            {retired ? (
              <button
                type="button"
                className="btn"
                disabled={retire.isPending}
                onClick={() => retire.mutate(false)}
              >{t`Bring back into use`}</button>
            ) : (
              <button
                type="button"
                className="btn"
                onClick={() => setWish('retire')}
              >{t`Retire device`}</button>
            )}
            <button
              type="button"
              className="btn quiet"
              onClick={() => setWish('delete')}
            >{t`Delete device`}</button>
          </div>
        )}
      </div>
    </section>
  )
}

function useRetire(device: Device, onDone: () => void) {
  const { slug } = useSite()
  const client = useQueryClient()
  return useMutation({
    mutationFn: (retired: boolean) =>
      api.PATCH('/api/v1/devices/{device_id}', {
        params: { path: { device_id: device.id } },
        headers: { 'If-Match': `"${device.version ?? 1}"` },
        body: { retired },
      }),
    onSuccess: onDone,
    // Also after a conflict: the page then shows what the other person did.
    onSettled: () => client.invalidateQueries({ queryKey: keys.site(slug) }),
  })
}

/** What is lost, and the id typed by hand: this cannot be undone. */
function DeleteQuestion({ device, onCancel }: { device: Device; onCancel: () => void }) {
  const { slug } = useSite()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const path = { device_id: device.id }
  const detail = useQuery({
    queryKey: ['device', device.id, 'troubles'],
    queryFn: () => body(api.GET('/api/v1/devices/{device_id}', { params: { path } })),
  })
  const remove = useMutation({
    mutationFn: () => api.DELETE('/api/v1/devices/{device_id}', { params: { path } }),
    onSuccess: async () => {
      await navigate(`/s/${slug}/devices`)
      await client.invalidateQueries({ queryKey: keys.site(slug) })
    },
  })
  const { id } = device
  return (
    <form
      className={classes.actions}
      onSubmit={(event) => {
        event.preventDefault()
        if (typed === id) remove.mutate()
      }}
    >
      <p role="alert">{t`Deletes the device with its series and history. It cannot be undone.`}</p>
      {detail.data && <LossList counts={detail.data} />}
      <TextInput
        label={t`Type the device id ${id} to confirm`}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        // The person has just asked for this question.
        ref={focusOnce}
      />
      <Failure error={remove.error} />
      <div className="row wrap">
        <button type="button" className="btn" onClick={onCancel}>{t`Cancel`}</button>
        <button type="submit" className="btn primary" disabled={typed !== id || remove.isPending}>
          {t`Confirm deletion`}
        </button>
      </div>
    </form>
  )
}

function focusOnce(input: HTMLInputElement | null) {
  input?.focus()
}

function LossList({
  counts,
}: {
  counts: { series_count: number; rule_count: number; alert_count: number; created_at: string }
}) {
  const since = formatDate(Date.parse(counts.created_at))
  return (
    <ul className="small">
      <li>
        {plural(counts.series_count, {
          one: '# series with all readings since then',
          other: '# series with all readings since then',
        })}
        {' · '}
        {t`added ${since}`}
      </li>
      <li>
        {plural(counts.rule_count, {
          one: '# rule for this device alone',
          other: '# rules for this device alone',
        })}
      </li>
      <li>
        {plural(counts.alert_count, {
          one: '# alert stays in the log, without its device',
          other: '# alerts stay in the log, without their device',
        })}
      </li>
    </ul>
  )
}
