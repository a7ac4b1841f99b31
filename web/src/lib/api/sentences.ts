import { t } from '@lingui/core/macro'
import { Problem, Unreachable } from './problem'

/** A sentence for people, by the problem's stable code; an unknown code shows the server's own words. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Unreachable) return t`Máy chủ không trả lời. Kiểm tra mạng rồi thử lại.`
  if (!(error instanceof Problem)) return t`Có lỗi chưa rõ. Thử lại.`
  const waitSeconds = error.retryAfterSeconds ?? 60
  switch (error.code) {
    case 'bad_credentials':
      return t`E-mail hoặc mật khẩu chưa đúng.`
    case 'locked_out':
      return t`Thử lại sau ${waitSeconds} giây.`
    case 'bad_setup_token':
      return t`Mã thiết lập chưa đúng. Xem lại ở màn hình máy chủ.`
    case 'already_set_up':
      return t`Máy chủ này đã được thiết lập. Đăng nhập để vào.`
    case 'not_signed_in':
      return t`Phiên đã hết. Đăng nhập lại.`
    case 'forbidden':
      return t`Bạn không có quyền làm việc này.`
    case 'not_found':
      return t`Không tìm thấy, hoặc bạn không có quyền xem.`
    case 'conflict':
      return t`Có người vừa sửa trước bạn. Tải lại để xem bản mới.`
    case 'server_error':
      return t`Máy chủ gặp lỗi. Thử lại sau ít phút.`
    default:
      return error.detail || t`Có lỗi chưa rõ. Thử lại.`
  }
}
