/** The words of devices: why a body was refused, how it came. */

import { t } from '@lingui/core/macro'

export function protocolWords(protocol: string): string {
  if (!protocol) return t`chưa nối`
  return protocol
    .replace(/^mqtt/, 'MQTT')
    .replace(/^http$/, 'HTTP')
    .replace(/MQTT 5$/, 'MQTT 5.0')
}

/** Why the server refused a body or a reading; the codes are those of the ingest documentation. */
export function rejectionWords(reason: string): string {
  switch (reason) {
    case 'too_large':
      return t`gói quá lớn`
    case 'bad_encoding':
      return t`kiểu nén không đọc được`
    case 'empty':
      return t`gói rỗng`
    case 'bom':
      return t`có dấu BOM ở đầu`
    case 'bad_utf8':
      return t`không phải UTF-8`
    case 'bad_json':
      return t`không phải JSON đúng`
    case 'too_deep':
      return t`lồng quá 4 tầng`
    case 'duplicate_key':
      return t`một tên xuất hiện hai lần`
    case 'not_finite':
      return t`có NaN hoặc vô cực`
    case 'not_object':
      return t`không phải một đối tượng JSON`
    case 'bad_shape':
      return t`không đúng khuôn`
    case 'too_many_readings':
      return t`quá 1.000 số đọc trong một gói`
    case 'bad_ts':
      return t`giờ không đọc được`
    case 'future':
      return t`giờ của thiết bị ở tương lai`
    case 'too_old':
      return t`giờ của thiết bị quá cũ`
    case 'no_values':
      return t`không có giá trị nào`
    case 'too_many_metrics':
      return t`quá 64 chỉ số trong một số đọc`
    case 'bad_metric':
      return t`tên chỉ số không hợp lệ`
    case 'bad_value':
      return t`giá trị không phải số`
    case 'out_of_range':
      return t`giá trị quá lớn`
    case 'too_many_series':
      return t`thiết bị đã có 200 chuỗi`
    default:
      return reason.replaceAll('_', ' ')
  }
}
