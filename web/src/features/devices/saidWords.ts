/** What the server says of refused readings and troubles, by its codes (belvedere/domain/details.py). */

import { t } from '@lingui/core/macro'

import { currentLanguage, formatDateTime, formatDuration, formatNumber } from '@/lib/i18n'

export interface Said {
  code: string
  params: Record<string, string>
}

/** The sentences in the page's language; what has no code is shown only to those who read the server's English. */
export function saidWords(said: readonly Said[], detail: string): string {
  const sentences = said.map(sentenceOf)
  if (said.length > 0 && sentences.every((sentence) => sentence !== null)) return sentences.join(' ')
  return currentLanguage() === 'en' ? detail : ''
}

function sentenceOf({ code, params }: Said): string | null {
  const { name = '', names = '', text = '', topic = '', host = '', unit = '' } = params
  const count = numberOf(params.count)
  const most = numberOf(params.most)
  const place = numberOf(params.place)
  switch (code) {
    case 'too_many_bytes':
      return t`${count} bytes; at most ${most}.`
    case 'http_too_many_bytes':
      return t`A body over HTTP; at most ${most} bytes.`
    case 'packet_too_many_bytes':
      return t`A packet of ${count} bytes; at most ${most}.`
    case 'encoded':
      return t`Send the body as it is, without compression.`
    case 'empty':
      return t`The body is empty.`
    case 'bom':
      return t`The body begins with a byte order mark.`
    case 'not_utf8':
      return t`Byte ${place} is not UTF-8.`
    case 'not_object':
      return t`The body is not a JSON object.`
    case 'not_json':
      return t`Not JSON at character ${place}.`
    case 'too_deep':
      return t`More than ${most} levels at character ${place}.`
    case 'twice':
      return t`“${name}” stands twice.`
    case 'some_not_finite':
      return t`A number is not finite.`
    case 'readings_no_list':
      return t`“readings” is a list, and nothing stands beside it.`
    case 'no_reading':
      return t`The batch has no reading.`
    case 'too_many_readings':
      return t`${count} readings; at most ${most}.`
    case 'reading_shape':
      return t`A reading is an object of “ts” and “values”.`
    case 'values_shape':
      return t`“values” is an object of metric and number.`
    case 'time_not_finite':
    case 'not_finite':
      return t`“${name}” is not a finite number.`
    case 'bad_ts':
      return t`“ts” is Unix milliseconds as an integer, or RFC 3339 with its zone.`
    case 'bad_time':
      return t`“${name}” is read as the time of the reading: Unix milliseconds as an integer, or RFC 3339 with its zone. Give a measured value another name.`
    case 'ahead': {
      const span = spanOf(params.seconds)
      return t`${span} ahead of the server's clock.`
    }
    case 'behind': {
      const span = spanOf(params.seconds)
      return t`${span} behind the server's clock.`
    }
    case 'no_metric':
      return t`The reading has no metric.`
    case 'too_many_metrics':
      return t`${count} metrics; at most ${most}.`
    case 'unit_sent':
      return t`“${name}” says that the numbers may mean something else; no unit travels in this format.`
    case 'second_time':
      return t`“${name}” is a word for the time, which the reading has already.`
    case 'bad_name':
      return t`“${name}” is not a name like air_temperature2: a-z, digits and _ only.`
    case 'not_binary':
      return t`“${name}” is true or false, 1 or 0.`
    case 'not_a_flag':
      return t`“${name}” is a number, not true or false.`
    case 'not_a_number':
      return t`“${name}” is not a number.`
    case 'too_great':
      return t`“${name}” is beyond 1e15.`
    case 'too_many_series':
      return t`“${name}”: a device has at most ${most} series.`
    case 'no_place':
      return t`“${name}”: another value has this time, and no later millisecond of its second is free.`
    case 'process_ended':
      return t`The server's process ended ${count} times while it processed this message.`
    case 'server_error':
      return t`An error of the server; its log has it.`
    case 'from_host':
      return t`From ${host}.`
    case 'will_topic':
      return t`The will is for “${topic}”.`
    case 'will_text':
      return t`The will says “${text}”.`
    case 'stands_still': {
      const time = formatDateTime(Number(params.at_ms), true)
      return t`Its readings go on to say ${time}.`
    }
    case 'quoted':
      return `“${text}”`
    case 'hint_unit':
      return hintOfUnit(unit)
    case 'hint_fraction':
      return t`Send it without a fraction.`
    case 'hint_quotes':
      return t`It looks like a number in quotes: send it without them.`
    case 'hint_zone':
      return t`It has no zone: add Z, or one like +07:00.`
    case 'also':
      return t`Also: ${names}.`
    default:
      return null
  }
}

function hintOfUnit(unit: string): string {
  switch (unit) {
    case 'microseconds':
      return t`It looks like microseconds: send milliseconds.`
    case 'nanoseconds':
      return t`It looks like nanoseconds: send milliseconds.`
    default:
      return t`It looks like seconds: send milliseconds.`
  }
}

function numberOf(text = ''): string {
  return formatNumber(Number(text), 0)
}

function spanOf(seconds = ''): string {
  return formatDuration(Number(seconds) * 1000)
}
