import { t } from '@lingui/core/macro'
import { Autocomplete, Modal, Select, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState, type SubmitEvent } from 'react'

import { dialogParts } from '@/components/dialogParts'
import { Icon } from '@/components/Icon'
import { LeaveQuestion, useAskBeforeClose } from '@/components/LeaveQuestion'
import { SecretOnce } from '@/components/SecretOnce'
import { api, body } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import { sentenceOf } from '@/lib/api/sentences'
import type { DeviceCreated } from '@/lib/api/types'
import { keys, useSiteDetail } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { slugOf } from '@/lib/slug'

import classes from './AddDeviceDialog.module.css'
import { TryIt } from './TryIt'
import { mqttAddress, type Endpoint } from './snippets'
import { useEndpoint } from './useEndpoint'
import { useFirstReading, type FirstReading } from './useFirstReading'
import { WaitingBox } from './WaitingBox'

type Step = 1 | 2 | 3

/** Name it, connect it, see its first reading. The secret is shown once: leaving then asks first. */
export function AddDeviceDialog({ onClose }: { onClose: () => void }) {
  const [created, setCreated] = useState<DeviceCreated | null>(null)
  const seen = useFirstReading(created?.id ?? null)
  const received = seen.kind === 'received'
  const step: Step = !created ? 1 : received ? 3 : 2
  const guarded = created !== null && !received
  const { close, asking, stay, leave } = useAskBeforeClose(guarded, onClose, 'secret')

  return (
    <Modal
      opened
      onClose={close}
      title={t`Add device`}
      size={760}
      closeOnClickOutside={!created}
      {...dialogParts()}
    >
      <Steps step={step} />
      {created ? (
        <Connect device={created} seen={seen} onDone={leave} />
      ) : (
        <NameForm onCreated={setCreated} onCancel={onClose} />
      )}
      {asking && (
        <LeaveQuestion
          text={t`The password will not be shown again. Have you copied it?`}
          leave={t`Copied, close`}
          onStay={stay}
          onLeave={leave}
        />
      )}
    </Modal>
  )
}

function Steps({ step }: { step: Step }) {
  const names = [t({ message: 'Name', context: 'step' }), t`Connect`, t`First reading`]
  return (
    <ol className={classes.steps}>
      {names.map((name, i) => {
        const number = i + 1
        const done = number < step || step === 3
        return (
          <li
            key={name}
            className={done ? classes.done : undefined}
            aria-current={number === step ? 'step' : undefined}
          >
            {done ? <Icon name="check" size="m" /> : <b>{number}</b>}
            {name}
          </li>
        )
      })}
    </ol>
  )
}

const DEVICE_ID = /^[A-Za-z0-9_-]{1,64}$/

function NameForm({
  onCreated,
  onCancel,
}: {
  onCreated: (device: DeviceCreated) => void
  onCancel: () => void
}) {
  const { slug } = useSite()
  const client = useQueryClient()
  const { data: site } = useSiteDetail(slug)
  const [name, setName] = useState('')
  const [typedId, setTypedId] = useState<string | null>(null)
  const [zone, setZone] = useState('')
  const id = typedId ?? (name ? slugOf(name) : '')

  const create = useMutation({
    mutationFn: () =>
      body(
        api.POST('/api/v1/devices', { body: { site: slug, id, name: name.trim(), ...(zone && { zone }) } }),
      ),
    onSuccess: (device) => {
      void client.invalidateQueries({ queryKey: keys.devices(slug) })
      onCreated(device)
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    create.mutate()
  }
  const problem = create.error instanceof Problem ? create.error : null
  const idError =
    problem?.code === 'device_id_taken'
      ? t`A device with this id exists already.`
      : problem?.errors.id || (id && !DEVICE_ID.test(id))
        ? t`Only unaccented letters, digits, _ and -.`
        : undefined

  return (
    <form onSubmit={submit} className={classes.form}>
      {create.error && !idError && <p role="alert">{sentenceOf(create.error)}</p>}
      <TextInput
        label={t`Name`}
        placeholder={t`Soil sensor, bed 3`}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={120}
        required
        data-autofocus
      />
      <TextInput
        label={t`Device id`}
        description={t`Also the device's user name; it cannot be changed later.`}
        value={id}
        onChange={(event) => setTypedId(event.currentTarget.value)}
        error={idError}
        maxLength={64}
        autoComplete="off"
        spellCheck={false}
        required
      />
      <Autocomplete
        label={t`Place`}
        placeholder={t`Choose, or type a new name`}
        data={(site?.zones ?? []).map((each) => each.name)}
        value={zone}
        onChange={setZone}
        maxLength={120}
      />
      <div className={classes.actions}>
        <button type="button" className="btn" onClick={onCancel}>{t`Cancel`}</button>
        <button type="submit" className="btn primary" disabled={create.isPending || !DEVICE_ID.test(id)}>
          {t`Continue`}
        </button>
      </div>
    </form>
  )
}

interface ConnectProps {
  device: DeviceCreated
  seen: FirstReading
  onDone: () => void
}

function Connect({ device, seen, onDone }: ConnectProps) {
  const endpoint = useEndpoint()
  const [chosen, setChosen] = useState<string | null>(null)
  const host = chosen ?? endpoint?.hosts[0] ?? ''
  const start = useRef<HTMLDivElement>(null)
  useEffect(() => start.current?.focus(), [])
  const rows = [
    { label: t`MQTT server`, value: mqttAddress(endpoint, host) },
    { label: t`User name`, value: device.id },
  ]
  return (
    <>
      <div ref={start} tabIndex={-1} role="group" aria-label={t`Connect`} className={classes.duo}>
        <SecretOnce rows={rows} secret={device.secret} />
        <WaitingBox seen={seen} />
      </div>
      {endpoint && <Reach endpoint={endpoint} host={host} onChange={setChosen} />}
      {endpoint && <TryIt id={device.id} secret={device.secret} host={host} endpoint={endpoint} />}
      <div className={classes.actions}>
        {seen.kind !== 'received' && (
          <button type="button" className="btn" onClick={onDone}>{t`Copied, later`}</button>
        )}
        <button type="button" className="btn primary" disabled={seen.kind !== 'received'} onClick={onDone}>
          {t`Done`}
        </button>
      </div>
    </>
  )
}

/** By which address the board reaches this server, or how to open it where none does. */
function Reach({
  endpoint,
  host,
  onChange,
}: {
  endpoint: Endpoint
  host: string
  onChange: (host: string) => void
}) {
  if (endpoint.onlyHere) {
    return (
      <p role="status" className={classes.reach}>
        {t`MQTT listens on this machine only: no board can reach it. Start the server so that others can:`}{' '}
        <code>belvedere up --host 0.0.0.0 --mqtt-host 0.0.0.0</code>
      </p>
    )
  }
  if (endpoint.hosts.length < 2) return null
  return (
    <Select
      className={classes.address}
      label={t`Address of this server`}
      description={t`Choose the one in the network of your board.`}
      data={[...endpoint.hosts]}
      value={host}
      onChange={(value) => value && onChange(value)}
      allowDeselect={false}
    />
  )
}
