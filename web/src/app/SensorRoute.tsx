import { lazy, Suspense } from 'react'
import { useParams, useSearchParams } from 'react-router'

import { useOneSeries } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
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
  const { slug } = useSite()
  // The page behind asks for the same, and says what went wrong.
  const { data } = useOneSeries(slug, id)
  return data && <SeriesDialog series={data} onClose={onClose} />
}
