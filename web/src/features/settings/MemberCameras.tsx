import { t } from '@lingui/core/macro'
import { Checkbox, Radio } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { ErrorState } from '@/components/ErrorState'
import { RowsSkeleton } from '@/components/Skeletons'
import { api, body } from '@/lib/api/client'
import type { Camera } from '@/lib/api/types'
import { keys, useCameras } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { Failed } from './Setting'
import styles from './SettingsPage.module.css'

interface Props {
  member: number
  name: string
  onClose: () => void
}

/** Which cameras of the site a viewer may see: all, or those that are ticked. */
export function MemberCameras({ member, name, onClose }: Props) {
  const { slug } = useSite()
  const cameras = useCameras(slug)
  const path = { slug, member_id: member }
  const selection = useQuery({
    queryKey: keys.memberCameras(slug, member),
    queryFn: () => body(api.GET('/api/v1/sites/{slug}/members/{member_id}/cameras', { params: { path } })),
  })
  const error = cameras.error ?? selection.error
  if (error) {
    const retry = () => void Promise.all([cameras.refetch(), selection.refetch()])
    return <ErrorState error={error} onRetry={retry} />
  }
  if (!cameras.data || !selection.data) return <RowsSkeleton count={2} />
  return (
    <Choice
      path={path}
      name={name}
      cameras={cameras.data}
      selected={selection.data.cameras}
      onClose={onClose}
    />
  )
}

function Choice({
  path,
  name,
  cameras,
  selected,
  onClose,
}: {
  path: { slug: string; member_id: number }
  name: string
  cameras: readonly Camera[]
  /** Null for all. */
  selected: readonly string[] | null
  onClose: () => void
}) {
  const queries = useQueryClient()
  const [limited, setLimited] = useState(selected !== null)
  const [ticked, setTicked] = useState<string[]>([...(selected ?? [])])
  const save = useMutation({
    mutationFn: () =>
      body(
        api.PUT('/api/v1/sites/{slug}/members/{member_id}/cameras', {
          params: { path },
          body: { cameras: limited ? ticked : null },
        }),
      ),
    onSuccess: (saved) => {
      queries.setQueryData(keys.memberCameras(path.slug, path.member_id), saved)
      onClose()
    },
    onError: () => void queries.invalidateQueries({ queryKey: keys.cameras(path.slug) }),
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <Radio.Group
        label={t`Cameras that ${name} sees`}
        value={limited ? 'some' : 'all'}
        onChange={(value) => setLimited(value === 'some')}
      >
        <Radio value="all" label={t`All cameras of the site, also new ones`} mt={8} />
        <Radio value="some" label={t`Only these; no new ones`} mt={8} />
      </Radio.Group>
      {limited && cameras.length === 0 && <p className="small muted">{t`This site has no cameras yet.`}</p>}
      {limited && cameras.length > 0 && (
        <Checkbox.Group aria-label={t`Cameras`} value={ticked} onChange={setTicked}>
          {cameras.map((camera) => (
            <Checkbox key={camera.id} value={camera.id} label={camera.name} mt={6} />
          ))}
        </Checkbox.Group>
      )}
      <p className="small muted">{t`Alerts still name every camera of the site; the pictures of the others are closed.`}</p>
      <Failed error={save.error} />
      <div className={styles.buttons}>
        <button type="submit" className="btn primary" disabled={save.isPending}>
          {t`Save`}
        </button>
        <button type="button" className="btn" onClick={onClose}>
          {t`Cancel`}
        </button>
      </div>
    </form>
  )
}
