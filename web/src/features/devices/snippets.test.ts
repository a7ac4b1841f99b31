import { describe, expect, it } from 'vitest'

import { fillSnippet, mqttAddress, SNIPPETS, type SnippetName } from './snippets'
import { endpointOf } from './useEndpoint'

const PAGE = { hostname: '192.168.1.20', origin: 'http://192.168.1.20:8000', port: '8000' }
const SERVER = { mqtt: { port: 2883, tls: false, hosts: ['192.168.1.20', '10.0.0.2'] }, http: { port: 8000 } }
const endpoint = endpointOf(SERVER, PAGE)

describe('where a board reaches the server', () => {
  it('is the host of the page first, then the other addresses of the server', () => {
    expect(endpoint.hosts).toEqual(['192.168.1.20', '10.0.0.2'])
    expect(endpointOf(SERVER, { ...PAGE, hostname: 'farm.example' }).hosts[0]).toBe('farm.example')
  })

  it('is never loopback where the server has other addresses', () => {
    const here = { hostname: 'localhost', origin: 'http://localhost:8000', port: '8000' }
    expect(endpointOf(SERVER, here).hosts).toEqual(['192.168.1.20', '10.0.0.2'])
    const closed = endpointOf({ mqtt: { port: 1883, tls: false, hosts: [] } }, here)
    expect([closed.onlyHere, closed.hosts]).toEqual([true, ['localhost']])
  })

  it('writes an IPv6 address with brackets', () => {
    expect(mqttAddress(endpoint, '2001:db8::5')).toBe('[2001:db8::5]:2883')
    expect(fillSnippet('curl', 'd', 's', '2001:db8::5', endpoint)).toContain('http://[2001:db8::5]:8000/api')
  })
})

describe('the ready code', () => {
  it.each(Object.keys(SNIPPETS) as SnippetName[])('of %s has everything filled in', (name) => {
    const code = fillSnippet(name, 'dd-3', 'k7Qm', '192.168.1.20', endpoint)
    expect(code).not.toMatch(/\{\{|\[tls\]|\[plain\]|tls_set|WiFiClientSecure/)
    expect(code).toMatch(/192\.168\.1\.20/)
    expect(code).toMatch(/k7Qm|ZGQtMzprN1Ft/)
  })

  it('uses TLS where the server does', () => {
    const safe = { ...endpoint, tls: true }
    expect(fillSnippet('python', 'd', 's', 'h', safe)).toContain('client.tls_set()')
    expect(fillSnippet('mosquitto', 'd', 's', 'h', safe)).toContain('  --tls-use-os-certs \\')
    expect(fillSnippet('arduino', 'd', 's', 'h', safe)).not.toMatch(/WiFiClient net/)
  })
})
