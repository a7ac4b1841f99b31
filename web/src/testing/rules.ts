/** The rules page, in front of a server with two rules and one series. */

import { http, HttpResponse } from 'msw'
import { beforeEach } from 'vitest'

import type { Rule } from '@/lib/api/types'

import { aCamera, aMetric, aRule, aSeries, aSite } from './factories'
import { server } from './server'

export interface Sent {
  body: Record<string, unknown>
  ifMatch: string | null
}

export const aReplay = {
  series: [{ series: 1, count: 3 }],
  with: { count: 3, flaps: 0, time_ms: 600_000, longest_ms: 300_000, spans: [] },
  without_clear: { count: 14, flaps: 11, time_ms: 600_000, longest_ms: 300_000 },
  raw_from_ms: 0,
  covered_ms: 1,
  partial: false,
}

/** Where the page is shown. */
export const at = (route: string) => ({ route: `/s/tan-tao/rules${route}`, path: '/s/:site/rules/:id?' })

/** Before each test a server that answers; returns what was written to it. */
export function setUpRules(): Sent[] {
  const sent: Sent[] = []
  beforeEach(() => {
    sent.length = 0
    const rules = [
      aRule({ id: 1, name: 'Kho lạnh 1 quá ấm' }),
      aRule({
        id: 2,
        name: 'Có khói',
        name_code: 'smoke',
        template: 'smoke',
        metric: 'smoke',
        series: null,
        watched: { series_count: 0, unit: '', place: '' },
        enabled: false,
        condition: { kind: 'is_true', for_seconds: 0 },
      }),
    ]
    serveSite()
    serveRules(rules, sent)
  })
  return sent
}

function serveSite(): void {
  const series = aSeries({ id: 1 })
  const metrics = [
    aMetric(),
    aMetric({ metric: 'gas', kind: 'binary', usual: false }),
    aMetric({ metric: 'relay', kind: 'binary', usual: false }),
    aMetric({ metric: 'pressure', usual: false }),
  ]
  const measured = [{ metric: 'temperature', unit: '°C', kind: 'number', series_count: 1 }]
  server.use(
    http.get('*/api/v1/metrics', () => HttpResponse.json(metrics)),
    http.get('*/api/v1/series/1', () => HttpResponse.json(series)),
    http.get('*/api/v1/sites/:slug', () => HttpResponse.json(aSite())),
    http.get('*/api/v1/sites/:slug/series', () => HttpResponse.json([series])),
    http.get('*/api/v1/sites/:slug/metrics', () => HttpResponse.json(measured)),
    http.get('*/api/v1/cameras', () => HttpResponse.json([aCamera({ id: 'gate', name: 'Cổng' })])),
  )
}

function serveRules(rules: readonly Rule[], sent: Sent[]): void {
  const note = async (request: Request) => {
    const ifMatch = request.headers.get('If-Match')
    sent.push({ body: (await request.json()) as Record<string, unknown>, ifMatch })
  }
  server.use(
    http.get('*/api/v1/rules', () => HttpResponse.json(rules)),
    http.get('*/api/v1/silences', () => HttpResponse.json([])),
    http.post('*/api/v1/sites/:slug/rules/try', () => HttpResponse.json({ series: [], partial: false })),
    http.post('*/api/v1/sites/:slug/rules/replay', () => HttpResponse.json(aReplay)),
    http.patch('*/api/v1/rules/:id', async ({ request, params }) => {
      await note(request)
      return HttpResponse.json(rules[Number(params.id) - 1])
    }),
    http.post('*/api/v1/rules', async ({ request }) => {
      await note(request)
      return HttpResponse.json(aRule({ id: 3 }), { status: 201 })
    }),
  )
}
