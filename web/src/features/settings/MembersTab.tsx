import { t } from '@lingui/core/macro'
import { PasswordInput, Select, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { ErrorState } from '@/components/ErrorState'
import { RowsSkeleton } from '@/components/Skeletons'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Member, Role } from '@/lib/api/types'
import { keys } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { roleWord } from '@/lib/words'
import styles from './SettingsPage.module.css'

const ROLES: readonly Role[] = ['owner', 'operator', 'viewer']

export function MembersTab() {
  const { slug } = useSite()
  const members = useQuery({
    queryKey: keys.members(slug),
    queryFn: () => body(api.GET('/api/v1/sites/{slug}/members', { params: { path: { slug } } })),
  })
  return (
    <>
      <section className="panel" aria-label={t`Thành viên`}>
        {members.isPending && <RowsSkeleton count={3} />}
        {members.error && <ErrorState error={members.error} onRetry={() => void members.refetch()} />}
        {members.data?.map((member) => (
          <MemberRow key={member.id} member={member} />
        ))}
      </section>
      <NewMember />
    </>
  )
}

function useRefresh() {
  const { slug } = useSite()
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: keys.members(slug) })
}

function RoleSelect({
  value,
  label,
  onChange,
}: {
  value: Role
  label: string
  onChange: (role: Role) => void
}) {
  return (
    <Select
      aria-label={label}
      w={150}
      data={ROLES.map((role) => ({ value: role, label: roleWord(role) }))}
      value={value}
      allowDeselect={false}
      onChange={(role) => role !== null && onChange(role)}
    />
  )
}

function MemberRow({ member }: { member: Member }) {
  const { slug } = useSite()
  const refresh = useRefresh()
  const path = { slug, member_id: member.id }
  const change = useMutation({
    mutationFn: (role: Role) =>
      body(api.PATCH('/api/v1/sites/{slug}/members/{member_id}', { params: { path }, body: { role } })),
    onSuccess: refresh,
  })
  const remove = useMutation({
    mutationFn: () => api.DELETE('/api/v1/sites/{slug}/members/{member_id}', { params: { path } }),
    onSuccess: refresh,
  })
  const name = member.name || member.username
  const error = change.error ?? remove.error
  return (
    <div className={styles.setting}>
      <div>
        <b>{name}</b>
        <span className="small muted">{member.email || member.username}</span>
        {error && (
          <p className={styles.failed} role="alert">
            {sentenceOf(error)}
          </p>
        )}
      </div>
      <div className="row wrap">
        <RoleSelect
          value={member.role}
          label={t`Vai trò của ${name}`}
          onChange={(role) => change.mutate(role)}
        />
        <button type="button" className="btn" disabled={remove.isPending} onClick={() => remove.mutate()}>
          {t`Bỏ khỏi điểm`}
        </button>
      </div>
    </div>
  )
}

function NewMember() {
  const { slug } = useSite()
  const refresh = useRefresh()
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [role, setRole] = useState<Role>('operator')
  const add = useMutation({
    mutationFn: () =>
      body(
        api.POST('/api/v1/sites/{slug}/members', {
          params: { path: { slug } },
          body: { username: username.trim(), role, ...(password ? { password } : {}) },
        }),
      ),
    onSuccess: async () => {
      setUsername('')
      setPassword('')
      await refresh()
    },
  })
  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (username.trim() !== '') add.mutate()
  }
  return (
    <section className="panel">
      <header>
        <h2>{t`Thêm thành viên`}</h2>
      </header>
      <form className={styles.form} onSubmit={submit}>
        <TextInput
          label={t`Tên đăng nhập`}
          autoComplete="off"
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordInput
          label={t`Mật khẩu đầu tiên (người đã có tài khoản thì để trống)`}
          autoComplete="new-password"
          value={password}
          visibilityToggleButtonProps={{ 'aria-label': t`Hiện mật khẩu`, tabIndex: 0 }}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <div className="row wrap">
          <RoleSelect value={role} label={t`Vai trò`} onChange={setRole} />
          <button type="submit" className="btn primary" disabled={username.trim() === '' || add.isPending}>
            {t`Thêm`}
          </button>
        </div>
        {add.isError && (
          <p className={styles.failed} role="alert">
            {sentenceOf(add.error)}
          </p>
        )}
      </form>
    </section>
  )
}
