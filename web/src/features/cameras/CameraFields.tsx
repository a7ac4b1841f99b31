import { t } from '@lingui/core/macro'
import { Checkbox, PasswordInput, Select, TextInput } from '@mantine/core'

import { Problem } from '@/lib/api/problem'
import { fieldSentence } from '@/lib/api/sentences'
import { useSiteDetail } from '@/lib/queries'
import { useSite } from '@/lib/site'

import type { CameraDraft } from './cameraDraft'
import { sourceSentence } from './sourceSentence'
import { subUrlOf } from './subUrl'
import { WayField } from './WayField'

const USUAL_ENDS = 'Hikvision …/102 · Dahua …subtype=1 · Reolink …/h264Preview_01_sub · TP-Link …/stream2'

interface Props {
  draft: CameraDraft
  isNew: boolean
  /** The server has one. */
  hasPassword: boolean
  /** Why it was not saved. */
  error: Error | null
  onChange: (draft: CameraDraft) => void
}

/** Name, addresses, log-in and place of one camera. */
export function CameraFields({ draft, isNew, hasPassword, error, onChange }: Props) {
  const { slug } = useSite()
  const { data: site } = useSiteDetail(slug)
  const change = (part: Partial<CameraDraft>) => onChange({ ...draft, ...part })
  return (
    <>
      <TextInput
        label={t`Name`}
        placeholder={t`Farm gate`}
        value={draft.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
        error={fieldSentence(error, 'name', 'id')}
        required
        data-autofocus
      />
      <WayField value={draft.way} isNew={isNew} onChange={(way) => change({ way })} />
      {draft.way !== 'push' && (
        <>
          <AddressFields draft={draft} error={error} onChange={onChange} />
          <LoginFields draft={draft} hasPassword={hasPassword} error={error} onChange={onChange} />
        </>
      )}
      <Select
        label={t`Place`}
        data={(site?.zones ?? []).map((each) => each.name)}
        value={draft.zone}
        onChange={(zone) => change({ zone })}
        clearable
      />
    </>
  )
}

function LoginFields({ draft, hasPassword, error, onChange }: Omit<Props, 'isNew'>) {
  const change = (part: Partial<CameraDraft>) => onChange({ ...draft, ...part })
  return (
    <>
      <TextInput
        label={t`Camera user name`}
        value={draft.username}
        onChange={(event) => change({ username: event.currentTarget.value })}
        autoComplete="off"
        error={fieldSentence(error, 'source.username')}
      />
      <PasswordInput
        label={t`Camera password`}
        description={hasPassword ? t`Leave empty to keep the present password.` : undefined}
        value={draft.password}
        onChange={(event) => change({ password: event.currentTarget.value })}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': t`Show password`, tabIndex: 0 }}
        error={fieldSentence(error, 'source.password')}
      />
    </>
  )
}

/** Main and sub stream. A refused address is said at the one that it is about. */
function AddressFields({ draft, error, onChange }: Omit<Props, 'isNew' | 'hasPassword'>) {
  const change = (part: Partial<CameraDraft>) => onChange({ ...draft, ...part })
  const sourceWrong = error instanceof Problem ? sourceSentence(error) : null
  const subWrong = fieldSentence(error, 'source.sub_url')
  const urlWrong = subWrong ? undefined : (sourceWrong ?? fieldSentence(error, 'source.url', 'url', 'source'))
  return (
    <>
      <TextInput
        label={t`RTSP address`}
        description={t`Usually on the camera's settings page. User name and password may be pasted with it.`}
        placeholder="rtsp://192.168.1.64:554/stream1"
        value={draft.url}
        onChange={(event) => change({ url: event.currentTarget.value })}
        error={urlWrong}
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        required
      />
      <TextInput
        label={t`Sub stream address (optional)`}
        description={t`A smaller picture of the same camera, for small tiles: less work for the network and this device. The whole picture is shown when the camera is enlarged.`}
        placeholder="rtsp://192.168.1.64:554/stream2"
        value={draft.subUrl}
        onChange={(event) => change({ subUrl: event.currentTarget.value })}
        error={subWrong && (sourceWrong ?? subWrong)}
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
      />
      {!draft.subUrl.trim() && (
        <>
          <SubSuggestion url={draft.url} onFill={(subUrl) => change({ subUrl })} />
          {draft.way === 'pull' && (
            <Checkbox
              label={t`Make a smaller picture here`}
              description={t`For a camera without a sub stream: while somebody watches a small tile, this server's processor makes its picture smaller, by up to one core. A sub stream of the camera costs it nothing.`}
              checked={draft.makeSub}
              onChange={(event) => change({ makeSub: event.currentTarget.checked })}
            />
          )}
        </>
      )}
    </>
  )
}

/** What the sub stream's address usually is: of a known make the whole of it, else its usual ends. */
function SubSuggestion({ url, onFill }: { url: string; onFill: (subUrl: string) => void }) {
  const suggestion = subUrlOf(url)
  if (!suggestion) return <p className="small muted">{t`Usual ends of the address: ${USUAL_ENDS}`}</p>
  return (
    <div className="row">
      <button type="button" className="btn" onClick={() => onFill(suggestion)}>
        {t`Fill in the usual sub stream address`}
      </button>
    </div>
  )
}
