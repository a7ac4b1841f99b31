import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorState } from '@/components/ErrorState'
import { OnceBox } from '@/components/OnceBox'
import { RowsSkeleton } from '@/components/Skeletons'
import { api, body } from '@/lib/api/client'
import type { Member, Role } from '@/lib/api/types'
import { keys, useMe } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { ConfirmButton } from '@/components/ConfirmButton'
import { InviteForm } from './InviteForm'
import { MemberCameras } from './MemberCameras'
import { NewAccountForm } from './NewAccountForm'
import { PendingInvitations } from './PendingInvitations'
import { RoleSelect } from './RoleSelect'
import { Setting } from './Setting'
import styles from './SettingsPage.module.css'

export function MembersTab() {
  const { slug } = useSite()
  const members = useQuery({
    queryKey: keys.members(slug),
    queryFn: () => body(api.GET('/api/v1/sites/{slug}/members', { params: { path: { slug } } })),
  })
  return (
    <>
      <section className="panel" aria-label={t`Members`}>
        {members.isPending && <RowsSkeleton count={3} />}
        {members.error && <ErrorState error={members.error} onRetry={() => void members.refetch()} />}
        {members.data?.map((member) => (
          <MemberRow key={member.id} member={member} />
        ))}
      </section>
      <div className={styles.columns}>
        <div className={styles.column}>
          <InviteForm />
          <PendingInvitations />
        </div>
        <NewAccountForm />
      </div>
    </>
  )
}

function MemberRow({ member }: { member: Member }) {
  const { slug } = useSite()
  const queries = useQueryClient()
  const onSuccess = () => queries.invalidateQueries({ queryKey: keys.members(slug) })
  const path = { slug, member_id: member.id }
  const change = useMutation({
    mutationFn: (role: Role) =>
      body(api.PATCH('/api/v1/sites/{slug}/members/{member_id}', { params: { path }, body: { role } })),
    onSuccess,
  })
  const remove = useMutation({
    mutationFn: () => api.DELETE('/api/v1/sites/{slug}/members/{member_id}', { params: { path } }),
    onSuccess,
  })
  const reset = useMutation({
    mutationFn: () => body(api.POST('/api/v1/sites/{slug}/members/{member_id}/reset', { params: { path } })),
  })
  const me = useMe().data
  const [choosing, setChoosing] = useState(false)
  const name = member.name || member.username
  return (
    <Setting
      name={name}
      note={member.email || member.username}
      error={change.error ?? remove.error ?? reset.error}
      below={
        <>
          {reset.data && (
            <OnceBox
              value={`${window.location.origin}/reset#${reset.data.code}`}
              note={t`${name} opens this link within 24 hours and chooses a new password. It is shown only once and works once: send it to nobody else.`}
            />
          )}
          {choosing && member.role === 'viewer' && (
            <MemberCameras member={member.id} name={name} onClose={() => setChoosing(false)} />
          )}
        </>
      }
    >
      <div className="row wrap">
        {me?.username !== member.username && (
          <ConfirmButton
            text={t`Reset password`}
            label={t`Reset password: ${name}`}
            question={t`${name} is signed out everywhere, and the present password ends.`}
            pending={reset.isPending}
            onConfirm={() => reset.mutate()}
          />
        )}
        {member.role === 'viewer' && (
          <button
            type="button"
            className="btn"
            aria-label={t`Cameras: ${name}`}
            aria-expanded={choosing}
            onClick={() => setChoosing(!choosing)}
          >
            {t`Cameras`}
          </button>
        )}
        <RoleSelect
          value={member.role}
          label={t`Role of ${name}`}
          disabled={change.isPending}
          onChange={(role) => change.mutate(role)}
        />
        <ConfirmButton
          text={t`Remove from site`}
          label={t`Remove from site: ${name}`}
          question={t`${name} loses access at once, also to running video.`}
          pending={remove.isPending}
          onConfirm={() => remove.mutate()}
        />
      </div>
    </Setting>
  )
}
