import { t } from '@lingui/core/macro'
import { Checkbox, Radio } from '@mantine/core'

import { useServer } from '@/lib/queries'

import type { Way } from './cameraDraft'

interface Props {
  value: Way
  /** Whether a camera publishes is chosen when it is added, and never again. */
  isNew: boolean
  onChange: (way: Way) => void
}

/** Who connects to whom, as far as this server leaves a choice. */
export function WayField({ value, isNew, onChange }: Props) {
  const served = useServer().data?.media_server
  if (value === 'push' && !isNew) return null
  if (served === 'mediamtx' && isNew)
    return (
      <Radio.Group
        label={t`Connection`}
        value={value === 'push' ? 'push' : 'pull'}
        onChange={(way) => onChange(way === 'push' ? 'push' : 'pull')}
      >
        <Radio value="pull" label={t`The server connects to the camera`} mt={6} />
        <Radio
          value="push"
          label={t`The camera publishes its picture`}
          description={t`OBS, an encoder, a phone or a drone. Its password is made on its page, once it is added.`}
          mt={6}
        />
      </Radio.Group>
    )
  if (served === 'foreign' || value === 'server_pull')
    return (
      <Checkbox
        label={t`MediaMTX connects to the camera itself`}
        description={t`One copy of the stream less. In return MediaMTX and whoever may use its API know the camera's password, it follows redirects with that password, and it checks neither the camera's address nor its quirks.`}
        checked={value === 'server_pull'}
        onChange={(event) => onChange(event.currentTarget.checked ? 'server_pull' : 'pull')}
      />
    )
  return null
}
