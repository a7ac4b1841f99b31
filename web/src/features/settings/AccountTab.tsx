import { t } from '@lingui/core/macro'
import { Switch, TextInput, useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, body } from '@/lib/api/client'
import { chooseLanguage, currentLanguage, type Language } from '@/lib/i18n'
import { askToNotify, notifyState, playSound, setSound, soundOn, type NotifyState } from '@/lib/notify'
import { keys, useMe } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { signedOut } from '@/lib/session'
import { recall, remember } from '@/lib/storage'
import { AccountSafety } from './AccountSafety'
import { useUnsaved } from '@/lib/unsaved'
import { InstallSetting } from './InstallSetting'
import { LeaveSite } from './SiteEnds'
import { Failed, Setting } from './Setting'
import styles from './SettingsPage.module.css'

export function AccountTab() {
  const me = useMe().data
  const site = useSite()
  const owner = useCan('owner')
  return (
    <div className={styles.columns}>
      <section className="panel" aria-label={t`Account`}>
        <Setting name={me?.name || me?.username || ''} note={me?.email}>
          <SignOut />
        </Setting>
        <DisplayName key={me?.name} name={me?.name ?? ''} />
        <Setting name={t`Language`}>
          <LanguageChoice />
        </Setting>
        <Setting name={t`Theme`} note={t`Auto follows the system`}>
          <ThemeChoice />
        </Setting>
        <NotifySetting />
        <InstallSetting />
        <Setting name={t`Sound`} note={t`Two short notes on a new alert, only while this page is open.`}>
          <SoundSwitch />
        </Setting>
        <Setting name={t`Shortcuts`} note={t`Letters that act while no field has the focus; ? lists them.`}>
          <ShortcutSwitch />
        </Setting>
      </section>
      <div className={styles.column}>
        <AccountSafety />
        {!owner && (
          <section className="panel" aria-label={t`Site`}>
            <LeaveSite site={site} />
          </section>
        )}
      </div>
    </div>
  )
}

function DisplayName({ name }: { name: string }) {
  const queries = useQueryClient()
  const [typed, setTyped] = useState(name)
  const save = useMutation({
    mutationFn: () => body(api.PATCH('/api/v1/me', { body: { name: typed.trim() } })),
    onSuccess: (me) => queries.setQueryData(keys.me, me),
  })
  const changed = typed.trim() !== name
  useUnsaved(changed && !save.isPending)
  return (
    <Setting
      name={t`Display name`}
      note={t`Shown to members of your sites, beside what you did.`}
      error={save.error}
    >
      <form
        className={styles.inline}
        onSubmit={(event) => {
          event.preventDefault()
          if (changed) save.mutate()
        }}
      >
        <TextInput
          aria-label={t`Display name`}
          autoComplete="name"
          maxLength={150}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <button type="submit" className="btn" disabled={!changed || save.isPending}>
          {t`Save`}
        </button>
      </form>
    </Setting>
  )
}

function SignOut() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const signOut = useMutation({
    mutationFn: () => api.DELETE('/api/v1/session'),
    onSuccess: async () => {
      await navigate('/sign-in', { replace: true })
      signedOut(queries)
    },
  })
  return (
    <div>
      <button type="button" className="btn" disabled={signOut.isPending} onClick={() => signOut.mutate()}>
        {t`Sign out`}
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
      label={t`Language`}
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
      label={t`Theme`}
      value={colorScheme}
      options={[
        { value: 'light', text: t({ message: 'Light', context: 'theme' }) },
        { value: 'dark', text: t`Dark` },
        { value: 'auto', text: t`Auto` },
      ]}
      onChange={setColorScheme}
    />
  )
}

function notifyNote(state: NotifyState): string {
  switch (state) {
    case 'granted':
      return t`On in this browser.`
    case 'denied':
      return t`The browser blocks them. Allow them again in this page's permissions.`
    case 'insecure':
      return t`Needs https or localhost; browsers refuse it at this address.`
    case 'unsupported':
      return t`This browser has no notifications.`
    case 'default':
      return t`So that you know of an alert at once, also in another tab. Used for nothing else.`
  }
}

/** Asked from a click, with the reason beside it. */
function NotifySetting() {
  const [state, setState] = useState(notifyState)
  return (
    <Setting name={t`Browser notifications`} note={notifyNote(state)}>
      {state === 'default' ? (
        <button type="button" className="btn" onClick={() => void askToNotify().then(setState)}>
          {t`Turn on notifications`}
        </button>
      ) : (
        <span className={`tag ${state === 'granted' ? 'ok' : 'grey'}`}>
          {state === 'granted'
            ? t({ message: 'On', context: 'setting' })
            : t({ message: 'Off', context: 'setting' })}
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
      aria-label={t`Sound`}
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
  const [on, setOn] = useState(() => recall('shortcuts') !== 'off')
  return (
    <Switch
      size="md"
      checked={on}
      aria-label={t`Shortcuts`}
      onChange={(event) => {
        const next = event.currentTarget.checked
        setOn(next)
        remember('shortcuts', next ? 'on' : 'off')
      }}
    />
  )
}
