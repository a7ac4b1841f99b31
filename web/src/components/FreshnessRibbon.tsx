import { t } from '@lingui/core/macro'

import { formatNumber } from '@/lib/i18n'

import type { Ribbon } from './chart/history'
import classes from './FreshnessRibbon.module.css'

/** Under the chart's own time axis: where the line was fresh, where it was late, where there was none. */
export function FreshnessRibbon({ ribbon }: { ribbon: Ribbon }) {
  const fresh = formatNumber(ribbon.fresh, 1)
  const late = formatNumber(ribbon.late, 1)
  const none = formatNumber(ribbon.none, 1)
  return (
    <div className={classes.row}>
      <span className="small muted">{t`Freshness`}</span>
      <div
        className={classes.ribbon}
        role="img"
        aria-label={t`Freshness: fresh ${fresh} %, late ${late} %, no data ${none} %`}
      >
        {ribbon.slots.map((slot, i) => (
          <i key={i} className={classes[slot]} />
        ))}
      </div>
      <span className="small num">{t`fresh ${fresh} %`}</span>
    </div>
  )
}
