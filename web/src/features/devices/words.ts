/** The words of devices: why a body was refused, how it came, what else went wrong. */

import { t } from '@lingui/core/macro'

import type { DeviceDetail } from '@/lib/api/types'

export function protocolWords(protocol: string): string {
  if (!protocol) return t`not connected`
  return protocol
    .replace(/^mqtt/, 'MQTT')
    .replace(/^http$/, 'HTTP')
    .replace(/MQTT 5$/, 'MQTT 5.0')
}

/** Why the server refused a body or a reading; the codes are those of the ingest documentation. */
export function rejectionWords(reason: string): string {
  switch (reason) {
    case 'too_large':
      return t`the message is too large`
    case 'bad_encoding':
      return t`the compression cannot be read`
    case 'empty':
      return t`the message is empty`
    case 'bom':
      return t`starts with a BOM`
    case 'bad_utf8':
      return t`not UTF-8`
    case 'bad_json':
      return t`not valid JSON`
    case 'too_deep':
      return t`nested deeper than 4 levels`
    case 'duplicate_key':
      return t`a name appears twice`
    case 'not_finite':
      return t`contains NaN or infinity`
    case 'not_object':
      return t`not a JSON object`
    case 'bad_shape':
      return t`not in the expected form`
    case 'too_many_readings':
      return t`over 1,000 readings in one message`
    case 'bad_ts':
      return t`the time cannot be read`
    case 'future':
      return t`the device's time lies in the future`
    case 'too_old':
      return t`the device's time is too old`
    case 'no_values':
      return t`no values`
    case 'too_many_metrics':
      return t`over 64 metrics in one reading`
    case 'bad_metric':
      return t`a metric's name is not valid`
    case 'bad_value':
      return t`the value cannot be used`
    case 'out_of_range':
      return t`a value is too large`
    case 'too_many_series':
      return t`the device has 200 series already`
    case 'conflict':
      return t`another value has the same time`
    case 'server_failed':
      return t`the server failed to process it`
    default:
      return reason.replaceAll('_', ' ')
  }
}

type TroubleCode = DeviceDetail['troubles'][number]['code']

/** What went wrong beside refused readings, and what to do about it. */
export function troubleWords(code: TroubleCode): { what: string; todo: string } {
  switch (code) {
    case 'bad_credentials':
      return {
        what: t`A log-in was refused`,
        todo: t`If it was your device: enter its password again, or make a new one. If not: somebody is trying.`,
      }
    case 'refused_will':
      return {
        what: t`The MQTT will was refused, and the connection with it`,
        todo: t`Let the will go to the device's own status topic and say online or offline, or leave it out.`,
      }
    case 'foreign_topic':
      return {
        what: t`It sent to a topic that is not its own`,
        todo: t`Send to belvedere/v1/, the device's id, then /readings. This message was not stored.`,
      }
    case 'unknown_topic':
      return {
        what: t`It sent to a topic that does not exist`,
        todo: t`A device can send to readings and status only. This message was not stored.`,
      }
    case 'unknown_status':
      return { what: t`An unknown status`, todo: t`A status is online or offline, nothing else.` }
    case 'foreign_filter':
      return {
        what: t`It subscribed to topics that are not its own`,
        todo: t`A device can only hear topics that begin with belvedere/v1/ and its own id.`,
      }
    case 'too_large':
      return {
        what: t`A message was too large`,
        todo: t`Send several smaller messages: 16 KiB over MQTT, 256 KiB over HTTP.`,
      }
    case 'protocol_fault':
      return {
        what: t`It broke the MQTT protocol and was disconnected`,
        todo: t`Update the device's MQTT library, or try version 3.1.1.`,
      }
    case 'clock_stands_still':
      return {
        what: t`The device's clock stands still`,
        todo: t`Set the device's clock (NTP), or send no time: the server then stamps each reading.`,
      }
  }
}
