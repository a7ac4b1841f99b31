/** The one REST client: same origin, session cookie, CSRF header, problems as exceptions. */

import { i18n } from '@lingui/core'
import createClient, { type Middleware } from 'openapi-fetch'
import type { paths } from '@/generated/api'
import { problemOf, Unreachable } from './problem'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export function csrfToken(cookies = document.cookie): string {
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(cookies)?.[1] ?? ''
}

const sessionRules: Middleware = {
  onRequest({ request }) {
    if (!SAFE_METHODS.has(request.method)) request.headers.set('X-CSRFToken', csrfToken())
    // What the server says of a field is shown as it comes.
    request.headers.set('Accept-Language', i18n.locale)
    return request
  },
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response)
  },
  onError({ error }) {
    return new Unreachable(error)
  },
}

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: 'same-origin',
  // Looked up at each call, so that a test's server can step in.
  fetch: (request) => globalThis.fetch(request),
})
api.use(sessionRules)

/** The body of an answer; failures were thrown by the client already. */
export async function body<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T
}
