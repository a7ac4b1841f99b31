import { t } from '@lingui/core/macro'
import { currentLanguage } from '../i18n'
import { Problem, Unreachable } from './problem'

/** A sentence for people, by the problem's stable code; of an unknown code the server's own words only where they are English like the page. */
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
    case 'username_taken':
      return t`Tên đăng nhập này đã có người dùng.`
    case 'email_taken':
      return t`E-mail này đã có người dùng.`
    case 'already_member':
      return t`Người này đã là thành viên.`
    case 'already_invited':
      return t`Tên này đang có một lời mời chờ trả lời.`
    case 'too_many_invitations':
      return t`Quá nhiều lời mời đang chờ. Rút lại bớt trước.`
    case 'bad_invitation':
      return t`Lời mời này không còn dùng được: sai mã, đã dùng, đã rút lại hoặc hết hạn. Xin lời mời khác.`
    case 'may_not_make_sites':
      return t`Ở máy chủ này chỉ chủ điểm mới lập được điểm khác.`
    case 'read_only_token':
      return t`Mã truy cập này chỉ được đọc.`
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
    case 'invalid':
    case 'parse_error':
      return invalidSentence(error)
    case 'too_large':
      return t`Nội dung gửi đi quá dài.`
    default:
      return ownWords(error.detail) || unknownCode(error.code)
  }
}

/** By the first field that was refused; its own words are English where the server made them up itself. */
function invalidSentence({ errors, detail }: Problem): string {
  const [field = '', words = []] = Object.entries(errors)[0] ?? []
  switch (field) {
    case 'username':
      return t`Tên đăng nhập: chỉ gồm chữ, số và . _ + -, không có @, không trộn hai loại chữ.`
    case 'email':
      return t`E-mail chưa đúng dạng, ví dụ hanh@example.com.`
    default:
      return ownWords(words[0] ?? detail) || t`Có chỗ điền chưa đúng. Xem lại rồi thử lại.`
  }
}

/** What the server says, to those who read the language it says it in. */
function ownWords(text: string): string {
  return currentLanguage() === 'en' ? text : ''
}

function unknownCode(code: string): string {
  return t`Máy chủ không nhận yêu cầu này. Mã: ${code}`
}
