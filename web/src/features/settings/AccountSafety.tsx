import { t } from '@lingui/core/macro'
import { PasswordInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { useNavigate } from 'react-router'
import { api } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import { ConfirmButton } from './ConfirmButton'
import { Failed, Setting } from './Setting'
import styles from './SettingsPage.module.css'

/** Password, sessions, and the end of the account. */
export function AccountSafety() {
  return (
    <>
      <ChangePassword />
      <section className="panel" aria-label={t`Phiên đăng nhập`}>
        <SignOutEverywhere />
      </section>
      <CloseAccount />
    </>
  )
}

/** After what ends this session too. */
function useLeave() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    await navigate('/sign-in', { replace: true })
    queries.clear()
  }
}

function Password({
  label,
  autoComplete,
  value,
  onChange,
}: {
  label: string
  autoComplete: string
  value: string
  onChange: (value: string) => void
}) {
  return (
    <PasswordInput
      label={label}
      autoComplete={autoComplete}
      value={value}
      visibilityToggleButtonProps={{ 'aria-label': t`Hiện mật khẩu`, tabIndex: 0 }}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

function ChangePassword() {
  const [present, setPresent] = useState('')
  const [next, setNext] = useState('')
  const change = useMutation({
    mutationFn: () =>
      api.POST('/api/v1/me/password', { body: { current_password: present, password: next } }),
    onSuccess: () => {
      setPresent('')
      setNext('')
    },
  })
  const ready = present !== '' && next !== ''
  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (ready) change.mutate()
  }
  return (
    <section className="panel" aria-labelledby="change-password">
      <header>
        <h2 id="change-password">{t`Đổi mật khẩu`}</h2>
      </header>
      <form className={styles.form} onSubmit={submit}>
        <p className="soft">{t`Mọi phiên khác của bạn kết thúc; mã truy cập vẫn còn.`}</p>
        <Password
          label={t`Mật khẩu hiện tại`}
          autoComplete="current-password"
          value={present}
          onChange={setPresent}
        />
        <Password label={t`Mật khẩu mới`} autoComplete="new-password" value={next} onChange={setNext} />
        <Failed error={change.error} />
        {change.isSuccess && !ready && <p role="status">{t`Đã đổi mật khẩu.`}</p>}
        <div>
          <button type="submit" className="btn primary" disabled={!ready || change.isPending}>
            {t`Đổi mật khẩu`}
          </button>
        </div>
      </form>
    </section>
  )
}

function SignOutEverywhere() {
  const leave = useLeave()
  const end = useMutation({ mutationFn: () => api.DELETE('/api/v1/sessions'), onSuccess: leave })
  return (
    <Setting
      name={t`Đăng xuất mọi nơi`}
      note={t`Kết thúc mọi phiên của bạn trên mọi thiết bị, cả máy này. Mã truy cập vẫn còn.`}
      error={end.error}
    >
      <ConfirmButton
        text={t`Đăng xuất mọi nơi`}
        question={t`Bạn sẽ phải đăng nhập lại.`}
        pending={end.isPending}
        onConfirm={() => end.mutate()}
      />
    </Setting>
  )
}

function CloseAccount() {
  const leave = useLeave()
  const [password, setPassword] = useState('')
  const close = useMutation({
    mutationFn: () => api.POST('/api/v1/me/close', { body: { current_password: password } }),
    onSuccess: leave,
  })
  return (
    <section className="panel" aria-labelledby="close-account">
      <header>
        <h2 id="close-account">{t`Đóng tài khoản`}</h2>
      </header>
      <form className={styles.form} onSubmit={(event) => event.preventDefault()}>
        <p className="soft">
          {t`Bạn rời mọi điểm; phiên và mã truy cập kết thúc; e-mail và tên bị xoá. Tên đăng nhập ở lại trong lịch sử và không ai dùng lại được.`}
        </p>
        <Password
          label={t`Mật khẩu hiện tại (để đóng)`}
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
        />
        <CloseFailed error={close.error} />
        <div>
          <ConfirmButton
            text={t`Đóng tài khoản`}
            question={t`Không lấy lại được.`}
            pending={close.isPending || password === ''}
            onConfirm={() => close.mutate()}
          />
        </div>
      </form>
    </section>
  )
}

function CloseFailed({ error }: { error: unknown }) {
  if (error instanceof Problem && error.code === 'last_owner') {
    const sites = (error.errors.sites ?? []).join(', ')
    return (
      <p className={styles.failed} role="alert">
        {t`Hãy đặt một chủ điểm khác trước, ở: ${sites}.`}
      </p>
    )
  }
  return <Failed error={error} />
}
