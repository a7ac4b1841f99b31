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
        <b>{t`The server's clock may be wrong.`}</b> {whatHappened(doubt)}{' '}
        {t`Until that is settled, no old data is deleted and no reading is refused for its time; the ages below may be wrong.`}{' '}
        {operates
          ? t`Compare the time at the top of the page with another clock. If it is right, press the button; if not, set the server's clock.`
          : t`Please tell an operator.`}
        {confirm.error && <b> {sentenceOf(confirm.error)}</b>}
      </span>
      {operates && (
        <button
          type="button"
          className={`btn ${styles.action}`}
          disabled={confirm.isPending}
          onClick={() => confirm.mutate()}
        >
          {t`The time is right`}
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
      return t`The server started at ${shown} by its clock, but was at ${expected} before.`
    case 'ahead':
      return t`The server started at ${shown} by its clock, more than a day after it last ran (${expected}).`
    case 'stepped':
      return t`The clock was set while the server ran: from ${expected} to ${shown}.`
  }
}
