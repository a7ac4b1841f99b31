/** The words of devices: why a body was refused, how it came, what else went wrong. */

import { t } from '@lingui/core/macro'

import type { DeviceDetail } from '@/lib/api/types'

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
      return t`giá trị không dùng được`
    case 'out_of_range':
      return t`giá trị quá lớn`
    case 'too_many_series':
      return t`thiết bị đã có 200 chuỗi`
    case 'conflict':
      return t`trùng giờ với giá trị khác`
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
        what: t`Đăng nhập bị từ chối`,
        todo: t`Nếu là thiết bị của bạn: nhập lại mật khẩu, hoặc cấp mật khẩu mới. Nếu không: có người đang thử.`,
      }
    case 'refused_will':
      return {
        what: t`Di chúc MQTT bị từ chối, nên không cho nối`,
        todo: t`Đặt di chúc vào chủ đề status của chính thiết bị, nội dung online hoặc offline, hoặc bỏ di chúc.`,
      }
    case 'foreign_topic':
      return {
        what: t`Gửi vào chủ đề không phải của thiết bị`,
        todo: t`Gửi vào belvedere/v1/, mã thiết bị, rồi /readings. Tin này không được lưu.`,
      }
    case 'unknown_topic':
      return {
        what: t`Gửi vào chủ đề không có`,
        todo: t`Thiết bị chỉ gửi được vào readings và status. Tin này không được lưu.`,
      }
    case 'unknown_status':
      return { what: t`Trạng thái lạ`, todo: t`Trạng thái chỉ là online hoặc offline.` }
    case 'foreign_filter':
      return {
        what: t`Nghe chủ đề không phải của thiết bị`,
        todo: t`Thiết bị chỉ nghe được các chủ đề bắt đầu bằng belvedere/v1/ và mã của chính nó.`,
      }
    case 'too_large':
      return {
        what: t`Gói quá lớn`,
        todo: t`Chia thành nhiều gói nhỏ: 16 KiB qua MQTT, 256 KiB qua HTTP.`,
      }
    case 'protocol_fault':
      return {
        what: t`Lỗi giao thức MQTT, đã ngắt kết nối`,
        todo: t`Cập nhật thư viện MQTT của thiết bị, hoặc thử phiên bản 3.1.1.`,
      }
    case 'clock_stands_still':
      return {
        what: t`Đồng hồ thiết bị đứng yên`,
        todo: t`Đặt lại giờ cho thiết bị (NTP), hoặc gửi không kèm giờ: máy chủ sẽ tự ghi giờ.`,
      }
  }
}
