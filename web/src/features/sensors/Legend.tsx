import { t } from '@lingui/core/macro'

import classes from './SensorPage.module.css'

/** What the chart's lines and areas are; its numbers are read elsewhere. other: the name of the series compared with. */
export function Legend({
  binary,
  limited,
  other,
}: {
  binary: boolean
  limited: boolean
  other: string | null
}) {
  return (
    <div className={classes.legend} aria-hidden="true">
      <span>
        <i className={classes.line} />
        {binary ? t`state` : t`average`}
      </span>
      {!binary && (
        <span>
          <i className={classes.band} />
          {t`lowest to highest`}
        </span>
      )}
      {limited && !binary && (
        <span>
          <i className={classes.beyond} />
          {t`beyond a limit`}
        </span>
      )}
      {other && (
        <span>
          <i className={classes.other} />
          {other}
        </span>
      )}
      <span>
        <i className={classes.gap} />
        {t`no data, not bridged`}
      </span>
      <span>
        <i className={classes.span} />
        {t`alert open`}
      </span>
    </div>
  )
}
