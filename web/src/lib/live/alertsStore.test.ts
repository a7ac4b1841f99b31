import { describe, expect, it } from 'vitest'
import { anEvent } from '@/testing/alertsSocket'
import { anAlert } from '@/testing/factories'
import { AlertsStore, countActive } from './alertsStore'

const COUNTS = { active: 900, open: 800, acknowledged: 100, silenced: 5, critical: 900, warning: 0, info: 0 }

describe('the counts of alerts', () => {
  it('are the ones of the server, also of alerts that the page has not read', () => {
    const store = new AlertsStore()
    store.load([anAlert({ id: 1 })], { seq: 10, ...COUNTS })
    expect(store.getView().counts).toMatchObject(COUNTS)
    store.apply({ ...anEvent(11), counts: { ...COUNTS, open: 801 } })
    expect(store.getView().counts?.open).toBe(801)
  })

  it('never go back to those of an event before', () => {
    const store = new AlertsStore()
    store.load([], { seq: 10, ...COUNTS })
    store.apply({ ...anEvent(9), counts: { ...COUNTS, open: 1 } })
    expect(store.getView().counts?.open).toBe(800)
  })

  it('of what the page holds are made as the server makes them', () => {
    const alerts = [
      anAlert({ state: 'open', severity: 'critical' }),
      anAlert({ state: 'open', severity: 'warning', silenced_until_ms: 1 }),
      anAlert({ state: 'acknowledged', severity: 'info', silenced_until_ms: 1 }),
      anAlert({ state: 'resolved' }),
    ]
    expect(countActive(alerts)).toEqual({
      active: 3,
      open: 2,
      acknowledged: 1,
      silenced: 1,
      critical: 1,
      warning: 1,
      info: 1,
    })
  })
})
