/** Ready code to send the first reading, by what a board runs. tests/live/test_snippets.py runs some of it. */

import arduino from './snippets/arduino.txt?raw'
import curl from './snippets/curl.txt?raw'
import esphome from './snippets/esphome.txt?raw'
import mosquitto from './snippets/mosquitto.txt?raw'
import python from './snippets/python.txt?raw'
import tasmota from './snippets/tasmota.txt?raw'

export interface Endpoint {
  /** Hosts by which a device may reach us, the likeliest first; never empty. */
  hosts: readonly string[]
  mqttPort: number
  httpPort: number
  tls: boolean
  /** Only this machine itself reaches the MQTT port. */
  onlyHere: boolean
  /** Scheme, host and port of this page. */
  origin: string
}

export const SNIPPETS = { mosquitto, curl, python, arduino, esphome, tasmota } as const
export type SnippetName = keyof typeof SNIPPETS

export const SNIPPET_TITLES: Record<SnippetName, string> = {
  mosquitto: 'MQTT',
  curl: 'HTTP',
  python: 'Python',
  arduino: 'Arduino / ESP',
  esphome: 'ESPHome',
  tasmota: 'Tasmota',
}

/** Secrets and ids are letters, digits, - and _: they need no quoting in any of these. */
export function fillSnippet(
  name: SnippetName,
  id: string,
  secret: string,
  host: string,
  endpoint: Endpoint,
): string {
  const values: Record<string, string> = {
    host,
    mqtt_port: String(endpoint.mqttPort),
    id,
    secret,
    http: httpBase(host, endpoint),
    basic: btoa(`${id}:${secret}`),
  }
  const [kept, dropped] = endpoint.tls ? ['[tls]', '[plain]'] : ['[plain]', '[tls]']
  return SNIPPETS[name]
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith(dropped))
    .map((line) => (line.startsWith(kept) ? line.slice(kept.length) : line))
    .join('\n')
    .replace(/\{\{(\w+)\}\}/g, (_, key: string) => values[key] ?? '')
}

/** By the address of this page where that host is meant: behind a proxy its port is another one. */
function httpBase(host: string, { origin, httpPort }: Endpoint): string {
  const page = new URL(origin)
  if (page.hostname === host) return origin
  return `${page.protocol}//${bracketHost(host)}:${httpPort}`
}

function bracketHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** `host:port` for MQTT, an ellipsis while it is not known. */
export function mqttAddress(endpoint: Endpoint | null, host = endpoint?.hosts[0]): string {
  return endpoint && host ? `${bracketHost(host)}:${endpoint.mqttPort}` : '…'
}
