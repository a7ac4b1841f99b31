import { t } from '@lingui/core/macro'
import { useNavigate, useParams } from 'react-router'

import { ErrorState } from '@/components/ErrorState'
import { PageTitle } from '@/components/PageTitle'
import { RowsSkeleton } from '@/components/Skeletons'
import { useCan, useSite } from '@/lib/site'

import { AddDeviceDialog } from './AddDeviceDialog'
import { DeviceDetail } from './DeviceDetail'
import { DeviceTable } from './DeviceTable'
import { useLiveDevices } from './useLiveDevices'

/** `/devices`, `/devices/new` with the dialog open, `/devices/:id`. */
export default function DevicesPage() {
  const { slug } = useSite()
  const { id } = useParams()
  const navigate = useNavigate()
  const owner = useCan('owner')
  const devices = useLiveDevices(slug)
  const list = `/s/${slug}/devices`

  if (devices.isPending) return <RowsSkeleton count={6} />
  if (!devices.data)
    return (
      <>
        <PageTitle text={t`Devices`} hidden />
        <ErrorState error={devices.error} onRetry={() => void devices.refetch()} />
      </>
    )
  const device = devices.data.find((each) => each.id === id)
  if (device) return <DeviceDetail key={device.id} device={device} />
  return (
    <>
      <DeviceTable
        devices={devices.data}
        {...(id !== undefined &&
          id !== 'new' && { note: t`There is no such device, or you may not view it.` })}
      />
      {id === 'new' && owner && <AddDeviceDialog onClose={() => void navigate(list)} />}
    </>
  )
}
