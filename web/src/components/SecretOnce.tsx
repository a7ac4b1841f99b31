import { t } from '@lingui/core/macro'

import { CopyButton } from './CopyButton'
import { Icon } from './Icon'
import classes from './SecretOnce.module.css'

interface Props {
  /** What stands above the secret: server, user name. */
  rows: readonly { label: string; value: string }[]
  secret: string
}

/** A credential that the server will never show again. */
export function SecretOnce({ rows, secret }: Props) {
  return (
    <div>
      <dl className={classes.rows}>
        {rows.map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <code>{value}</code>
            </dd>
          </div>
        ))}
        <div>
          <dt>{t`Mật khẩu`}</dt>
          <dd className={classes.secret}>
            <code>{secret}</code>
            <CopyButton value={secret} label={t`Chép mật khẩu`} iconOnly />
          </dd>
        </div>
      </dl>
      <p className={classes.once}>
        <Icon name="lock" size="m" />
        <span>
          <b>{t`Mật khẩu chỉ hiện một lần này.`}</b>{' '}
          {t`Máy chủ chỉ giữ bản băm; nếu mất, hãy cấp mật khẩu mới.`}
        </span>
      </p>
    </div>
  )
}
