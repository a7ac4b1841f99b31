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
    case 'not_authenticated':
      return t`Phiên đã hết. Đăng nhập lại.`
    case 'csrf_failed':
      return t`Trang đã cũ. Tải lại rồi thử lại.`
    case 'weak_password':
      return t`Mật khẩu này dễ đoán. Chọn mật khẩu khác.`
    case 'wrong_password':
      return t`Mật khẩu hiện tại chưa đúng.`
    case 'unknown_user':
      return t`Chưa có tài khoản này. Nhập mật khẩu để tạo mới.`
    case 'username_taken':
      return t`Tên đăng nhập này đã có người dùng.`
    case 'email_taken':
      return t`E-mail này đã có người dùng.`
    case 'already_member':
      return t`Người này đã là thành viên.`
    case 'last_owner':
      return t`Điểm phải có ít nhất một chủ điểm.`
    case 'slug_taken':
      return t`Tên ngắn này đã có điểm khác dùng.`
    case 'zone_exists':
      return t`Đã có khu mang tên này.`
    case 'device_id_taken':
      return t`Đã có thiết bị mang mã này.`
    case 'forbidden':
      return t`Bạn không có quyền làm việc này.`
    case 'not_found':
      return t`Không tìm thấy, hoặc bạn không có quyền xem.`
    case 'conflict':
      return t`Có người vừa sửa trước bạn. Tải lại để xem bản mới.`
    case 'try_again':
      return t`Máy chủ chưa ghi được dữ liệu. Thử lại sau ít phút.`
    case 'server_error':
      return t`Máy chủ gặp lỗi. Thử lại sau ít phút.`
    default:
      return error.detail || t`Có lỗi chưa rõ. Thử lại.`
  }
}
