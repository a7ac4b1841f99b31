import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { useParams, useSearchParams } from 'react-router'

import { api, body } from '@/lib/api/client'
import { useCan } from '@/lib/site'
import SensorPage from '@/features/sensors/SensorPage'

const SeriesDialog = lazy(() =>
  import('@/features/devices/SeriesDialog').then(({ SeriesDialog: dialog }) => ({ default: dialog })),
)

/** One series; with `?edit` in the address, the dialog about it. */
export default function SensorRoute() {
  const { id } = useParams()
  const [query, setQuery] = useSearchParams()
  const owner = useCan('owner')
  const close = () =>
    setQuery(
      (old) => {
        old.delete('edit')
        return old
      },
      { replace: true },
    )
  return (
    <>
      <SensorPage />
      {owner && query.has('edit') && (
        <Suspense>
          <SeriesEdit id={Number(id)} onClose={close} />
        </Suspense>
      )}
    </>
  )
}

function SeriesEdit({ id, onClose }: { id: number; onClose: () => void }) {
  const { data } = useQuery({
    queryKey: ['series', id],
    queryFn: () => body(api.GET('/api/v1/series/{series_id}', { params: { path: { series_id: id } } })),
  })
  return data && <SeriesDialog series={data} onClose={onClose} />
}
