import { QueryClient } from '@tanstack/react-query'
import { Problem } from './api/problem'

/** What the server refused will be refused again; what it did not answer is worth two more tries. */
function worthRetrying(failures: number, error: Error): boolean {
  if (error instanceof Problem && error.status < 500) return false
  return failures < 2
}

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { staleTime: 30_000, retry: worthRetrying, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  })
}
