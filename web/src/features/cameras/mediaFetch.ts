import { csrfToken } from '@/lib/api/client'

/** WHEP posts and deletes; the session's CSRF rule holds for them too. */
export const mediaFetch: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers)
  headers.set('X-CSRFToken', csrfToken())
  return fetch(input, { ...init, headers, credentials: 'same-origin' })
}
