import { t } from '@lingui/core/macro'
import { TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type DragEvent, type SubmitEvent } from 'react'

import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { RowsSkeleton } from '@/components/Skeletons'
import { api } from '@/lib/api/client'
import type { ListedZone } from '@/lib/api/types'
import { keys } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { useSpoken } from '@/lib/spoken'

import { Failed } from './Setting'
import styles from './SettingsPage.module.css'
import { ZoneRow } from './ZoneRow'
import zoneStyles from './ZonesTab.module.css'
import { moved } from './zoneOrder'

/** The zones of the site in the order of the overview: added, renamed, moved, deleted. */
export function ZonesTab() {
  const { slug } = useSite()
  const zones = useZones(slug)
  const client = useQueryClient()
  const [dragged, setDragged] = useState<number | null>(null)
  const [said, say] = useSpoken()
  const order = useMutation({
    mutationFn: (wanted: readonly ListedZone[]) =>
      api.PUT('/api/v1/sites/{slug}/zones', {
        params: { path: { slug } },
        headers: zones.data ? { 'If-Match': zones.data.tag } : {},
        body: { order: wanted.map(({ id }) => id) },
      }),
    // Shown at once; the server's order follows, whatever became of it.
    onMutate: (wanted) => {
      const tag = zones.data?.tag ?? ''
      client.setQueryData(zonesKey(slug), { tag, rows: wanted })
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.site(slug) }),
  })

  if (zones.isPending) return <RowsSkeleton count={4} />
  if (!zones.data) return <ErrorState error={zones.error} onRetry={() => void zones.refetch()} />
  const { rows, tag } = zones.data
  const move = (from: number, to: number) => {
    const zone = rows[from]
    if (!zone || to < 0 || to >= rows.length || from === to) return
    order.mutate(moved(rows, from, to))
    const { name } = zone
    const place = to + 1
    const count = rows.length
    say(t`${name}: place ${place} of ${count}`)
  }
  const drop = (to: number) => (event: DragEvent) => {
    event.preventDefault()
    if (dragged !== null) move(dragged, to)
    setDragged(null)
  }
  return (
    <div className={styles.columns}>
      <section className="panel" aria-label={t`New zone`}>
        <NewZone />
      </section>
      <section className="panel" aria-label={t`Zones`}>
        <p className={`small muted ${zoneStyles.hint}`}>
          {t`The overview shows zones in this order. Drag a zone, or move it with the arrows.`}
        </p>
        <Failed error={order.error} />
        <span className="vh" role="status">
          {said}
        </span>
        {rows.length === 0 && <EmptyState text={t`No zones yet. A zone is a room, a shed or a field.`} />}
        <ol className={zoneStyles.list}>
          {rows.map((zone, place) => (
            // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrows do it by keyboard
            <li
              key={zone.id}
              data-dragged={dragged === place || undefined}
              draggable
              onDragStart={() => setDragged(place)}
              onDragEnd={() => setDragged(null)}
              onDragOver={(event) => event.preventDefault()}
              onDrop={drop(place)}
            >
              <ZoneRow
                zone={zone}
                others={rows.filter(({ id }) => id !== zone.id)}
                tag={tag}
                onUp={place > 0 ? () => move(place, place - 1) : undefined}
                onDown={place < rows.length - 1 ? () => move(place, place + 1) : undefined}
              />
            </li>
          ))}
        </ol>
      </section>
    </div>
  )
}

function zonesKey(slug: string) {
  return [...keys.site(slug), 'zones'] as const
}

interface Zones {
  /** The site's version, for If-Match. */
  tag: string
  rows: readonly ListedZone[]
}

function useZones(slug: string) {
  return useQuery({
    queryKey: zonesKey(slug),
    queryFn: async (): Promise<Zones> => {
      const { data, response } = await api.GET('/api/v1/sites/{slug}/zones', { params: { path: { slug } } })
      return { rows: data ?? [], tag: response.headers.get('ETag') ?? '*' }
    },
  })
}

function NewZone() {
  const { slug } = useSite()
  const client = useQueryClient()
  const [name, setName] = useState('')
  const add = useMutation({
    mutationFn: () =>
      api.POST('/api/v1/sites/{slug}/zones', { params: { path: { slug } }, body: { name: name.trim() } }),
    onSuccess: async () => {
      setName('')
      await client.invalidateQueries({ queryKey: keys.site(slug) })
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (name.trim() !== '') add.mutate()
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.inline}>
        <TextInput
          label={t`New zone`}
          placeholder={t`Cold room 3`}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={120}
        />
        <button type="submit" className="btn primary" disabled={name.trim() === '' || add.isPending}>
          {t`Add zone`}
        </button>
      </div>
      <Failed error={add.error} />
    </form>
  )
}
