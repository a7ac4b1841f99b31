import type { components } from '@/generated/api'

type ProblemBody = Partial<components['schemas']['Problem']>

/** What the server refused and why; `code` is stable and is what the page translates. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly errors: Record<string, string[]>
  /** All members of the document: some codes bring what their sentence names. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Seconds the server asks us to wait; null when it does not say. */
  readonly retryAfterSeconds: number | null

  constructor(status: number, body: ProblemBody, retryAfterSeconds: number | null = null) {
    super(body.detail ?? body.title ?? `HTTP ${status}`)
    this.name = 'Problem'
    this.status = status
    this.code = body.code ?? codeOfStatus(status)
    this.detail = body.detail ?? ''
    this.errors = body.errors ?? {}
    this.parameters = body
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The request never got an answer: no network, no server. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('The server did not answer.', { cause })
    this.name = 'Unreachable'
  }
}

function codeOfStatus(status: number): string {
  if (status === 401) return 'not_authenticated'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not_found'
  if (status >= 500) return 'server_error'
  return 'invalid'
}

/** Reads problem+json; an answer in another form still becomes a Problem by its status. */
export async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get('Retry-After') ?? NaN)
  let body: ProblemBody = {}
  try {
    body = (await response.clone().json()) as ProblemBody
  } catch {
    // Not JSON: the status says enough.
  }
  return new Problem(response.status, body, Number.isFinite(retryAfter) ? retryAfter : null)
}
