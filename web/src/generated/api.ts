/**
 * The shape of the server's REST API, as openapi-fetch wants it.
 *
 * Written by hand until the server publishes its schema; `npm run generate` replaces this file.
 */

interface Answers<Answer> {
  200: { headers: Record<string, string>; content: { 'application/json': Answer } }
  default: { headers: Record<string, string>; content: { 'application/json': components['schemas']['Problem'] } }
}

interface Get<Answer, Query = never> {
  parameters: { query?: Query; path?: never; header?: never; cookie?: never }
  requestBody?: never
  responses: Answers<Answer>
}

interface Post<Answer, Body> {
  parameters: { query?: never; path?: never; header?: never; cookie?: never }
  requestBody: { content: { 'application/json': Body } }
  responses: Answers<Answer>
}

interface GetAt<Answer, Path, Query = never> {
  parameters: { query?: Query; path: Path; header?: never; cookie?: never }
  requestBody?: never
  responses: Answers<Answer>
}

interface SendAt<Answer, Path, Body> {
  parameters: { query?: never; path: Path; header?: { 'If-Match'?: string }; cookie?: never }
  requestBody: { content: { 'application/json': Body } }
  responses: Answers<Answer>
}

interface DoAt<Answer, Path> {
  parameters: { query?: never; path: Path; header?: { 'If-Match'?: string }; cookie?: never }
  requestBody?: never
  responses: Answers<Answer>
}

type S = components['schemas']
type Slug = { slug: string }
type Id = { id: string }
type NumberId = { id: number }

export interface paths {
  '/api/v1/setup': { get: Get<S['SetupState']>; post: Post<S['SetupDone'], S['SetupRequest']> }
  '/api/v1/session': { post: Post<S['Me'], S['SignInRequest']>; delete: Get<undefined> }
  '/api/v1/me': { get: Get<S['Me']>; patch: Post<S['Me'], Partial<Pick<S['Me'], 'language' | 'name'>>> }
  '/api/v1/tokens': { get: Get<S['Token'][]>; post: Post<S['TokenCreated'], { name: string }> }
  '/api/v1/tokens/{id}': { delete: DoAt<undefined, NumberId> }
  '/api/v1/sites': { get: Get<S['Site'][]>; post: Post<S['Site'], { slug: string; name: string; timezone: string }> }
  '/api/v1/sites/{slug}': {
    get: GetAt<S['Site'], Slug>
    patch: SendAt<S['Site'], Slug, Partial<Pick<S['Site'], 'name' | 'address' | 'timezone'>>>
  }
  '/api/v1/sites/{slug}/members': {
    get: GetAt<S['Member'][], Slug>
    post: SendAt<S['Member'], Slug, { username: string; email?: string; password?: string; role: S['Role'] }>
  }
  '/api/v1/sites/{slug}/members/{id}': {
    patch: SendAt<S['Member'], Slug & NumberId, { role: S['Role'] }>
    delete: DoAt<undefined, Slug & NumberId>
  }
  '/api/v1/sites/{slug}/zones': {
    get: GetAt<S['Zone'][], Slug>
    post: SendAt<S['Zone'], Slug, { name: string; note?: string; position?: number }>
  }
  '/api/v1/sites/{slug}/series': { get: GetAt<S['Series'][], Slug> }
  '/api/v1/sites/{slug}/sparklines': { get: GetAt<S['Sparklines'], Slug, { hours?: number; points?: number }> }
  '/api/v1/series/{id}': {
    get: GetAt<S['Series'], NumberId>
    patch: SendAt<
      S['Series'],
      NumberId,
      Partial<Pick<S['Series'], 'name' | 'unit' | 'kind' | 'freshness_seconds' | 'raw_days' | 'tier_days'>>
    >
  }
  '/api/v1/series/{id}/history': {
    get: GetAt<S['History'], NumberId, { from: number; to: number; points?: number }>
  }
  '/api/v1/devices': {
    get: Get<S['Device'][], { site: string }>
    post: Post<S['DeviceCreated'], { site: string; id: string; name?: string; zone?: string }>
  }
  '/api/v1/devices/{id}': {
    get: GetAt<S['Device'], Id>
    patch: SendAt<S['Device'], Id, { name?: string; zone?: string | null }>
    delete: DoAt<undefined, Id>
  }
  '/api/v1/devices/{id}/credentials': {
    post: DoAt<{ secret: string }, Id>
    delete: DoAt<undefined, Id>
  }
  '/api/v1/devices/{id}/quarantine': { get: GetAt<S['Quarantine'], Id> }
  '/api/v1/devices/{id}/quarantine/{qid}/retry': {
    post: DoAt<{ stored: number; duplicate: number; rejected: { index: number; reason: string }[] }, Id & { qid: number }>
  }
  '/api/v1/devices/{id}/quarantine/{qid}': { delete: DoAt<undefined, Id & { qid: number }> }
  '/api/v1/rules': { get: Get<S['Rule'][], { site: string }>; post: Post<S['Rule'], S['RuleRequest']> }
  '/api/v1/rules/templates': { get: Get<S['RuleRequest'][]> }
  '/api/v1/rules/{id}': {
    get: GetAt<S['Rule'], NumberId>
    patch: SendAt<S['Rule'], NumberId, Partial<S['RuleRequest']>>
    delete: DoAt<undefined, NumberId>
  }
  '/api/v1/alerts': {
    get: Get<
      S['AlertPage'],
      { site: string; state?: S['AlertState'] | 'active'; series?: number; limit?: number; cursor?: string }
    >
  }
  '/api/v1/alerts/{id}': { get: GetAt<S['AlertDetail'], NumberId> }
  '/api/v1/alerts/{id}/acknowledge': { post: DoAt<S['Alert'], NumberId> }
  '/api/v1/alerts/{id}/resolve': { post: DoAt<S['Alert'], NumberId> }
  '/api/v1/alerts/{id}/comments': { post: SendAt<S['Alert'], NumberId, { text: string }> }
  '/api/v1/alerts/events': {
    get: Get<S['AlertEvents'], { site: string; after: number; limit?: number }>
  }
  '/api/v1/cameras': { get: Get<S['Camera'][], { site: string }>; post: Post<S['Camera'], S['CameraRequest']> }
  '/api/v1/cameras/{id}': {
    get: GetAt<S['Camera'], Id>
    patch: SendAt<S['Camera'], Id, Partial<S['CameraRequest']>>
    delete: DoAt<undefined, Id>
  }
}

export interface components {
  schemas: {
    Role: 'owner' | 'operator' | 'viewer'
    Severity: 'info' | 'warning' | 'critical'
    AlertState: 'open' | 'acknowledged' | 'resolved'
    Problem: {
      type?: string
      title?: string
      status?: number
      detail?: string
      code?: string
      errors?: Record<string, string[]>
    }
    SetupState: { needed: boolean }
    SetupRequest: {
      token: string
      username: string
      password: string
      email?: string
      name?: string
      language?: string
      site: { slug: string; name: string; timezone: string; address?: string }
    }
    SetupDone: { user: S['Me']; site: { slug: string; name: string; timezone: string } }
    SignInRequest: { username: string; password: string }
    MySite: { slug: string; name: string; timezone: string; address: string; role: S['Role'] }
    Me: { id: number; username: string; email: string; name: string; language: string; sites: S['MySite'][] }
    Token: { id: number; name: string; created_at: string }
    TokenCreated: { id: number; name: string; token: string }
    Zone: { id: number; name: string; note: string; position: number }
    ZoneRef: { id: number; name: string }
    Site: { slug: string; name: string; address: string; timezone: string; zones: S['Zone'][]; version: number }
    Member: { id: number; username: string; email: string; name: string; role: S['Role'] }
    Series: {
      id: number
      device: string
      device_name: string
      zone: S['ZoneRef'] | null
      metric: string
      name: string
      unit: string
      kind: 'number' | 'binary'
      freshness_seconds: number
      interval_ms: number | null
      raw_days: number | null
      tier_days: number | null
    }
    Sparklines: {
      from_ms: number
      to_ms: number
      step_ms: number
      series: Record<string, { avg: (number | null)[]; min: number | null; max: number | null }>
    }
    History:
      | { tier: 'raw'; t: number[]; v: number[] }
      | {
          tier: string
          t: number[]
          min: (number | null)[]
          max: (number | null)[]
          avg: (number | null)[]
          n: number[]
        }
    Device: {
      id: string
      site: string
      zone: S['ZoneRef'] | null
      name: string
      online: boolean
      last_seen_ms: number | null
      clock_skew_ms: number | null
      protocol: string
      series_count: number
      rejected_count: number
      created_at: string
      version: number
    }
    DeviceCreated: S['Device'] & { secret: string }
    Quarantine: {
      results: {
        id: number
        at_ms: number
        reason: string
        index: number | null
        detail: string
        body: string
        encoding: 'utf-8' | 'base64'
        size: number
      }[]
      counts: Record<string, number>
    }
    Condition:
      | { kind: 'above' | 'below'; level: number; clear?: number | null; for_seconds?: number }
      | { kind: 'outside'; low: number; high: number; clear?: number | null; for_seconds?: number }
      | {
          kind: 'rate'
          per_minute: number
          direction: 'up' | 'down' | 'any'
          window_seconds: number
          for_seconds?: number
        }
      | { kind: 'no_data' | 'is_true'; for_seconds?: number }
      | { kind: 'camera_offline' }
    RuleRequest: {
      site: string
      name: string
      metric: string
      device: string | null
      series?: number | null
      severity: S['Severity']
      condition: S['Condition']
      enabled?: boolean
    }
    Rule: Required<S['RuleRequest']> & {
      id: number
      template: string
      version: number
      created_at: string
      updated_at: string
    }
    Alert: {
      id: number
      site: string
      rule: number | null
      series: number | null
      device: string | null
      device_name: string
      camera: string
      zone: string
      metric: string
      unit: string
      title: string
      severity: S['Severity']
      state: S['AlertState']
      condition: S['Condition']
      value: number | null
      peak: number | null
      flaps: number
      opened_ms: number
      acknowledged_ms: number | null
      acknowledged_by: string | null
      resolved_ms: number | null
      resolved_by: string | null
      last_seq: number
    }
    AlertLogEntry: {
      seq: number
      kind: S['AlertEventKind']
      at_ms: number
      actor: string | null
      text: string
    }
    AlertDetail: S['Alert'] & { events: S['AlertLogEntry'][] }
    AlertPage: { next: string | null; previous: string | null; results: S['Alert'][] }
    AlertEventKind: 'opened' | 'updated' | 'acknowledged' | 'resolved' | 'commented'
    AlertEvent: { type: 'event'; seq: number; kind: S['AlertEventKind']; at: string; alert: S['Alert'] }
    AlertEvents: { log_id: string; seq: number; events: S['AlertEvent'][] }
    CameraRequest: {
      site: string
      id: string
      name: string
      zone?: string | null
      enabled?: boolean
      source: { url: string; username?: string; password?: string }
    }
    Camera: {
      id: string
      site: string
      zone: string | S['ZoneRef'] | null
      name: string
      source: { url: string; username: string; has_password: boolean }
      enabled: boolean
      state: 'connecting' | 'live' | 'offline'
      state_code: string
      state_reason: string
      state_since_ms: number | null
      codec: string
      width: number | null
      height: number | null
      fps: number
      viewers: number
      streams: { kind: 'webrtc' | 'llhls' | 'hls' | 'dash' | 'rtsp'; url: string; note: string }[]
      notes: string[]
      version: number
    }
  }
}
