import { t } from '@lingui/core/macro'

import type { Freshness } from './chart/history'
import classes from './FreshnessRibbon.module.css'

interface Props {
  slots: readonly Freshness[]
  /** The share of time with data in words, as the server reckons it; null until it is known. */
  share: string | null
}

/** Under the chart's own time axis: where the line was fresh, where it was late, where data was lost. */
export function FreshnessRibbon({ slots, share }: Props) {
  return (
    <div className={classes.row}>
      <span className="small muted">{t`Data`}</span>
      <div
        className={classes.ribbon}
        role="img"
        aria-label={share === null ? t`Data over time` : t`Data over time: there for ${share}`}
      >
        {slots.map((slot, i) => (
          <i key={i} className={classes[slot]} />
        ))}
      </div>
      <span className="small num">{share}</span>
    </div>
  )
}
