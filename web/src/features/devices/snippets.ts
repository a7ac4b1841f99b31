/** Ready lines to try a new device from any computer. */

export interface Endpoint {
  /** The host that this page came from: where the device will reach us too, as far as we know. */
  host: string
  mqttPort: number
  tls: boolean
  /** Scheme, host and port of this page. */
  origin: string
}

const EXAMPLE_BODY = '{"temperature":22.5,"humidity":60}'

/** For sh: in single quotes nothing has a meaning but the quote itself. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

export function mosquittoLine(id: string, secret: string, { host, mqttPort, tls }: Endpoint): string {
  return [
    `mosquitto_pub -h ${host} -p ${mqttPort}${tls ? ' --tls-use-os-certs' : ''} -q 1 \\`,
    `  -u ${id} -P ${quoted(secret)} \\`,
    `  -t belvedere/v1/${id}/readings \\`,
    `  -m ${quoted(EXAMPLE_BODY)}`,
  ].join('\n')
}

export function curlLine(id: string, secret: string, { origin }: Endpoint): string {
  return [
    `curl -u ${quoted(`${id}:${secret}`)} \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${quoted(EXAMPLE_BODY)} \\`,
    `  ${origin}/api/v1/ingest`,
  ].join('\n')
}

/** `host:port` for MQTT, an ellipsis while it is not known. */
export function mqttAddress(endpoint: Endpoint | null): string {
  return endpoint ? `${endpoint.host}:${endpoint.mqttPort}` : '…'
}
