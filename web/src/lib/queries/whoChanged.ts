import { useQuery } from '@tanstack/react-query'
import { api, body } from '@/lib/api/client'
import { useSite } from '@/lib/site'

/** Who saved this version of a row, by the record of changes; undefined for those who may not read it: it is for owners. */
export function useWhoChanged(
  kind: 'rule' | 'device' | 'camera',
  row: { id: number | string; version?: number },
): string | undefined {
  const { slug } = useSite()
  const found = useQuery({
    queryKey: ['audit', slug, kind, row.id, row.version],
    queryFn: () =>
      body(api.GET('/api/v1/sites/{slug}/audit', { params: { path: { slug }, query: { kind } } })),
  })
  return found.data?.entries.find((each) => each.data.id === row.id)?.who
}
