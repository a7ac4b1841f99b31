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
          <dt>{t`Password`}</dt>
          <dd className={classes.secret}>
            <code>{secret}</code>
            <CopyButton value={secret} label={t`Copy the password`} iconOnly />
          </dd>
        </div>
      </dl>
      <p className={classes.once}>
        <Icon name="lock" size="m" />
        <span>
          <b>{t`This password is shown only once.`}</b>{' '}
          {t`The server keeps a hash; if it is lost, issue a new one.`}
        </span>
      </p>
    </div>
  )
}
