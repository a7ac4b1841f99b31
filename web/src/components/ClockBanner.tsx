import { t } from '@lingui/core/macro'
import { useMutation } from '@tanstack/react-query'
import { api } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { ClockDoubt } from '@/lib/api/types'
import { formatDateTime } from '@/lib/i18n'
import { useLive, usePollState } from '@/lib/live'
import { useMe } from '@/lib/queries'
import styles from './ConnectionBanner.module.css'
import { Icon } from './Icon'

/** Says on every page that the server doubts its own clock, and lets an operator settle it. */
export function ClockBanner() {
  const { clockDoubt } = usePollState()
  return clockDoubt && <Doubted doubt={clockDoubt} />
}

function Doubted({ doubt }: { doubt: ClockDoubt }) {
  const { poll } = useLive()
  const me = useMe()
  const confirm = useMutation({
    mutationFn: () => api.POST('/api/v1/clock/confirm'),
    onSuccess: poll.pollNow,
  })
  const operates = me.data?.sites.some(({ role }) => role !== 'viewer') ?? false
  return (
    <div className={styles.banner}>
      <Icon name="age" />
      <span role="alert">
        <b>{t`Giờ của máy chủ có thể sai.`}</b> {whatHappened(doubt)}{' '}
        {t`Cho đến khi rõ, không dữ liệu cũ nào bị xoá và không số nào bị từ chối vì giờ; tuổi của các số bên dưới có thể sai.`}{' '}
        {operates
          ? t`So giờ ở đầu trang với một đồng hồ khác. Đúng thì bấm nút; sai thì chỉnh giờ trên máy chủ.`
          : t`Hãy báo cho người vận hành.`}
        {confirm.error && <b> {sentenceOf(confirm.error)}</b>}
      </span>
      {operates && (
        <button
          type="button"
          className={`btn ${styles.action}`}
          disabled={confirm.isPending}
          onClick={() => confirm.mutate()}
        >
          {t`Giờ máy chủ đúng`}
        </button>
      )}
    </div>
  )
}

/** Both times as they were when the doubt arose: a text that changes each minute would be read out each minute. */
function whatHappened({ doubt, expected_ms, shown_ms }: ClockDoubt): string {
  const expected = formatDateTime(expected_ms)
  const shown = formatDateTime(shown_ms)
  switch (doubt) {
    case 'behind':
      return t`Máy chủ khởi động với giờ ${shown}, mà trước đó đã đến ${expected}.`
    case 'ahead':
      return t`Máy chủ khởi động với giờ ${shown}, hơn một ngày sau lần cuối nó chạy (${expected}).`
    case 'stepped':
      return t`Đồng hồ bị chỉnh khi máy chủ đang chạy: từ ${expected} sang ${shown}.`
  }
}
