import { useQuery } from '@tanstack/react-query'
import { api, body } from '@/lib/api/client'
import { useSite } from '@/lib/site'

/** Who can take care of alerts of the site. */
export function useAssignees() {
  const { slug } = useSite()
  return useQuery({
    queryKey: ['alerts', 'assignees', slug],
    queryFn: () => body(api.GET('/api/v1/alerts/assignees', { params: { query: { site: slug } } })),
  })
}
