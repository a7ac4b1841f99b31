import { t } from '@lingui/core/macro'
import { Switch, useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, body } from '@/lib/api/client'
import { chooseLanguage, currentLanguage, type Language } from '@/lib/i18n'
import { askToNotify, notifyState, playSound, setSound, soundOn, type NotifyState } from '@/lib/notify'
import { keys, useMe } from '@/lib/queries'
import { remember, remembered } from '@/lib/storage'
import { AccountSafety } from './AccountSafety'
import { Failed, Setting } from './Setting'

export function AccountTab() {
  const me = useMe().data
  return (
    <>
      <section className="panel" aria-label={t`Tài khoản`}>
        <Setting name={me?.name || me?.username || ''} note={me?.email}>
          <SignOut />
        </Setting>
        <Setting name={t`Ngôn ngữ`}>
          <LanguageChoice />
        </Setting>
        <Setting name={t`Nền`} note={t`Tự động: theo hệ thống`}>
          <ThemeChoice />
        </Setting>
        <NotifySetting />
        <Setting name={t`Âm báo`} note={t`Hai nốt ngắn khi có cảnh báo mới, chỉ khi trang đang mở.`}>
          <SoundSwitch />
        </Setting>
        <Setting name={t`Phím tắt`} note={t`A nhận xử lý, R đóng cảnh báo, khi không gõ chữ.`}>
          <ShortcutSwitch />
        </Setting>
      </section>
      <AccountSafety />
    </>
  )
}

function SignOut() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const signOut = useMutation({
    mutationFn: () => api.DELETE('/api/v1/session'),
    onSuccess: async () => {
      await navigate('/sign-in', { replace: true })
      queries.clear()
    },
  })
  return (
    <div>
      <button type="button" className="btn" disabled={signOut.isPending} onClick={() => signOut.mutate()}>
        {t`Đăng xuất`}
      </button>
      <Failed error={signOut.error} />
    </div>
  )
}

function Choice<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: Value
  options: readonly { value: Value; text: string; lang?: string }[]
  onChange: (value: Value) => void
}) {
  return (
    <div className="seg" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          lang={option.lang}
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.text}
        </button>
      ))}
    </div>
  )
}

function LanguageChoice() {
  const queries = useQueryClient()
  const save = useMutation({
    mutationFn: (language: Language) => body(api.PATCH('/api/v1/me', { body: { language } })),
    onSuccess: (me) => queries.setQueryData(keys.me, me),
  })
  return (
    <Choice
      label={t`Ngôn ngữ`}
      value={currentLanguage()}
      options={[
        { value: 'vi', text: 'Tiếng Việt', lang: 'vi' },
        { value: 'en', text: 'English', lang: 'en' },
      ]}
      onChange={(language) => {
        save.mutate(language)
        void chooseLanguage(language)
      }}
    />
  )
}

function ThemeChoice() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Choice<MantineColorScheme>
      label={t`Nền`}
      value={colorScheme}
      options={[
        { value: 'light', text: t`Sáng` },
        { value: 'dark', text: t`Tối` },
        { value: 'auto', text: t`Tự động` },
      ]}
      onChange={setColorScheme}
    />
  )
}

function notifyNote(state: NotifyState): string {
  switch (state) {
    case 'granted':
      return t`Đang bật trên trình duyệt này.`
    case 'denied':
      return t`Trình duyệt đang chặn. Mở lại trong phần quyền của trang này.`
    case 'insecure':
      return t`Cần https hoặc localhost; trình duyệt không cho ở địa chỉ này.`
    case 'unsupported':
      return t`Trình duyệt này không có thông báo.`
    case 'default':
      return t`Để biết ngay khi có cảnh báo, cả khi bạn đang ở tab khác. Không dùng vào việc gì khác.`
  }
}

/** Asked from a click, with the reason beside it. */
function NotifySetting() {
  const [state, setState] = useState(notifyState)
  return (
    <Setting name={t`Thông báo của trình duyệt`} note={notifyNote(state)}>
      {state === 'default' ? (
        <button type="button" className="btn" onClick={() => void askToNotify().then(setState)}>
          {t`Bật thông báo`}
        </button>
      ) : (
        <span className={`tag ${state === 'granted' ? 'ok' : 'grey'}`}>
          {state === 'granted'
            ? t({ message: 'Bật', context: 'setting' })
            : t({ message: 'Tắt', context: 'setting' })}
        </span>
      )}
    </Setting>
  )
}

function SoundSwitch() {
  const [on, setOn] = useState(soundOn)
  return (
    <Switch
      size="md"
      checked={on}
      aria-label={t`Âm báo`}
      onChange={(event) => {
        const next = event.currentTarget.checked
        setOn(next)
        setSound(next)
        if (next) playSound()
      }}
    />
  )
}

function ShortcutSwitch() {
  const [on, setOn] = useState(() => remembered('shortcuts') !== 'off')
  return (
    <Switch
      size="md"
      checked={on}
      aria-label={t`Phím tắt`}
      onChange={(event) => {
        const next = event.currentTarget.checked
        setOn(next)
        remember('shortcuts', next ? 'on' : 'off')
      }}
    />
  )
}
