import { t } from '@lingui/core/macro'
import { useNavigate, useParams } from 'react-router'

import { ErrorState } from '@/components/ErrorState'
import { PageTitle } from '@/components/PageTitle'
import { RowsSkeleton } from '@/components/Skeletons'
import { Problem } from '@/lib/api/problem'
import { useCan, useSite } from '@/lib/site'

import { AddDeviceDialog } from './AddDeviceDialog'
import { DeviceDetail } from './DeviceDetail'
import { DeviceTable } from './DeviceTable'
import { useDeviceList, useLiveDevice } from './useLiveDevices'

/** `/devices`, `/devices/new` with the dialog open, `/devices/:id`. */
export default function DevicesPage() {
  const { id } = useParams()
  return id === undefined || id === 'new' ? <List adding={id === 'new'} /> : <One id={id} />
}

function One({ id }: { id: string }) {
  const { slug } = useSite()
  const device = useLiveDevice(slug, id)
  if (device.isPending) return <RowsSkeleton count={6} />
  if (device.data?.site === slug) return <DeviceDetail key={id} device={device.data} />
  if (device.data || (device.error instanceof Problem && device.error.status === 404)) return <List missing />
  return <Failed error={device.error} onRetry={() => void device.refetch()} />
}

function Failed(props: { error: Error | null; onRetry: () => void }) {
  return (
    <>
      <PageTitle text={t`Devices`} hidden />
      <ErrorState {...props} />
    </>
  )
}

function List({ adding = false, missing = false }: { adding?: boolean; missing?: boolean }) {
  const { slug } = useSite()
  const navigate = useNavigate()
  const owner = useCan('owner')
  const devices = useDeviceList(slug)
  if (devices.isPending) return <RowsSkeleton count={6} />
  if (!devices.data) return <Failed error={devices.error} onRetry={() => void devices.refetch()} />
  return (
    <>
      <DeviceTable
        devices={devices.data}
        {...(missing && { note: t`There is no such device, or you may not view it.` })}
      />
      {adding && owner && <AddDeviceDialog onClose={() => void navigate(`/s/${slug}/devices`)} />}
    </>
  )
}
