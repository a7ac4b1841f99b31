import { t } from '@lingui/core/macro'

import { ErrorState } from '@/components/ErrorState'
import { RowsSkeleton } from '@/components/Skeletons'
import { sentenceOf } from '@/lib/api/sentences'
import type { Rule, Series, Summary, SummaryExtreme } from '@/lib/api/types'
import { formatDateTime, formatNumber } from '@/lib/i18n'
import { valueWords } from '@/lib/words'

import { DEFAULT_RANGE, RANGES, spanOf, type Chosen } from './ranges'
import classes from './SensorPage.module.css'
import { conditionTitle, coverageWords, durationBounds, momentWords, timesBounds } from './summaryWords'
import { limitsOf, useSummary, type Limit } from './useSummary'

export function rangeTitle(chosen: Chosen): string {
  switch (chosen) {
    case '1h':
      return t`Last hour`
    case '6h':
      return t`Last 6 h`
    case '24h':
      return t`Last 24 h`
    case '7d':
      return t`Last 7 days`
    case '30d':
      return t`Last 30 days`
    case '1y':
      return t`Last year`
    default:
      return t`Chosen time`
  }
}

/** More limits than a person reads at a glance. */
const MOST_LIMITS = 3

interface Props {
  series: Series
  rules: readonly Rule[]
  chosen: Chosen
  /** When the series began, if it is known. */
  firstMs: number | null
}

/** The figures of the range: from the readings themselves, the same whatever the chart shows. */
export function FiguresPanel({ series, rules, chosen, firstMs }: Props) {
  const limits = limitsOf(series, rules)
  const [first = {}, ...others] = limits.slice(0, MOST_LIMITS)
  const { data: figures, error, isPlaceholderData, refetch } = useSummary(series.id, chosen, first)
  return (
    <section className="panel" aria-label={t`Figures`}>
      <header>
        <h2>{rangeTitle(chosen)}</h2>
      </header>
      <div className="body" aria-busy={!figures || isPlaceholderData}>
        {!figures &&
          (error ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : (
            <RowsSkeleton height={20} />
          ))}
        {figures && (
          <>
            <dl className={`kv ${isPlaceholderData ? classes.old : ''}`}>
              {series.kind === 'number' && <Values series={series} figures={figures} long={isLong(chosen)} />}
              <Beyond series={series} figures={figures} />
              {others.map((limit) => (
                <MoreBeyond key={JSON.stringify(limit)} series={series} chosen={chosen} limit={limit} />
              ))}
              <Coverage figures={figures} firstMs={firstMs} />
            </dl>
            {!figures.exact && <Bounded figures={figures} />}
          </>
        )}
      </div>
    </section>
  )
}

const isLong = (chosen: Chosen) => spanOf(chosen) > RANGES[DEFAULT_RANGE]

interface FiguresProps {
  series: Series
  figures: Summary
}

function Values({ series, figures, long }: FiguresProps & { long: boolean }) {
  const extreme = (each: SummaryExtreme | null) =>
    each ? `${valueWords(series, each.value)} · ${momentWords(each, long)}` : t`none`
  return (
    <>
      <dt>{t`Lowest`}</dt>
      <dd>{extreme(figures.min)}</dd>
      <dt>{t`Average`}</dt>
      <dd>{figures.mean === null ? t`none` : valueWords(series, figures.mean)}</dd>
      <dt>{t`Highest`}</dt>
      <dd>{extreme(figures.max)}</dd>
    </>
  )
}

/** Time beyond the limit, how often and the longest; of a binary series the time it was on. */
function Beyond({ series, figures: { beyond } }: FiguresProps) {
  if (!beyond) return null
  const word = valueWords(series, 1)
  const title = series.kind === 'binary' ? word : conditionTitle(beyond.condition, series.unit)
  return (
    <>
      <dt>{title}</dt>
      <dd>{durationBounds(beyond.time_ms)}</dd>
      {beyond.count.high > 0 && (
        <>
          <dt className={classes.sub}>{series.kind === 'binary' ? t`how often` : t`excursions`}</dt>
          <dd>{timesBounds(beyond.count)}</dd>
          <dt className={classes.sub}>{t`longest`}</dt>
          <dd>{durationBounds(beyond.longest_ms)}</dd>
        </>
      )}
    </>
  )
}

function MoreBeyond({ series, chosen, limit }: { series: Series; chosen: Chosen; limit: Limit }) {
  const { data: figures, error } = useSummary(series.id, chosen, limit)
  if (figures) return <Beyond series={series} figures={figures} />
  return (
    error && (
      <>
        <dt>{t`Another limit`}</dt>
        <dd role="alert">{sentenceOf(error)}</dd>
      </>
    )
  )
}

function Coverage({ figures, firstMs }: { figures: Summary; firstMs: number | null }) {
  return (
    <>
      <dt>{t`Readings`}</dt>
      <dd>{formatNumber(figures.count, 0)}</dd>
      <dt>{t`Time with data`}</dt>
      <dd>{coverageWords(figures, firstMs)}</dd>
    </>
  )
}

/** Why a figure is a pair. */
function Bounded({ figures }: { figures: Summary }) {
  const from = formatDateTime(figures.raw_from_ms)
  return (
    <p className={`small muted ${classes.note}`}>
      {t`Before ${from} only averages are kept: what they do not tell exactly is given as from–to.`}
    </p>
  )
}
