import { t } from '@lingui/core/macro'

import classes from './SensorPage.module.css'

interface Props {
  binary: boolean
  /** A point stands for several readings: the line is their average, and a band is around it. */
  averaged: boolean
  limited: boolean
  /** The name of the series compared with. */
  other: string | null
}

/** What the chart's lines and areas are; its numbers are read elsewhere. */
export function Legend({ binary, averaged, limited, other }: Props) {
  return (
    <div className={classes.legend} aria-hidden="true">
      <span>
        <i className={classes.line} />
        {binary ? t`state` : averaged ? t`average` : t`every reading`}
      </span>
      {averaged && !binary && (
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
