import { plural, t } from '@lingui/core/macro'
import { ConfirmButton } from '@/components/ConfirmButton'
import { sentenceOf } from '@/lib/api/sentences'
import { useAssignees } from './assignees'
import type { Selection } from './selection'
import { outcomeWords, type useSeveral } from './several'
import styles from './SeveralBar.module.css'

/** Over the list: select all, and what is to be done to those that are selected. */
export function SeveralBar({
  selection,
  several,
}: {
  selection: Selection
  several: ReturnType<typeof useSeveral>
}) {
  const { ids, possible, selectAll } = selection
  const count = ids.size
  const send = { ids: [...ids] }
  const done = { onSuccess: () => selectAll(false) }
  return (
    <div className={styles.bar} role="group" aria-label={t`Selected alerts`}>
      <label className={styles.all}>
        <input
          type="checkbox"
          checked={count > 0 && count === possible}
          disabled={possible === 0}
          ref={(box) => {
            if (box) box.indeterminate = count > 0 && count < possible
          }}
          onChange={({ currentTarget }) => selectAll(currentTarget.checked)}
        />
        {count === 0 ? t`Select all` : plural(count, { one: '# selected', other: '# selected' })}
      </label>
      {count > 0 && (
        <>
          <button
            type="button"
            className="btn primary"
            disabled={several.isPending}
            onClick={() => several.mutate({ act: 'acknowledge', ...send }, done)}
          >
            {t`Acknowledge`}
          </button>
          <AssignSelected
            disabled={several.isPending}
            onAssign={(user) => several.mutate({ act: 'assign', user, ...send }, done)}
          />
          <ConfirmButton
            text={t({ message: 'Resolve', context: 'alert' })}
            question={plural(count, { one: 'Resolve # alert?', other: 'Resolve # alerts?' })}
            pending={several.isPending}
            onConfirm={() => several.mutate({ act: 'resolve', ...send }, done)}
          />
        </>
      )}
      <p className={styles.said} role="status">
        {several.data && count === 0 && outcomeWords(several.data)}
      </p>
      {several.error && (
        <p className={styles.failed} role="alert">
          {sentenceOf(several.error)}
        </p>
      )}
    </div>
  )
}

/** Acts once a name is chosen. */
function AssignSelected({
  disabled,
  onAssign,
}: {
  disabled: boolean
  onAssign: (user: string | null) => void
}) {
  const members = useAssignees()
  return (
    <select
      className={`pick ${styles.assign}`}
      aria-label={t`Assign the selected to`}
      value=""
      disabled={disabled || members.isPending}
      onChange={({ currentTarget: { value } }) => onAssign(value === '-' ? null : value)}
    >
      <option value="" disabled>{t`Assign to…`}</option>
      {members.data?.map(({ username, name }) => (
        <option key={username} value={username}>
          {name}
        </option>
      ))}
      <option value="-">{t`nobody yet`}</option>
    </select>
  )
}
