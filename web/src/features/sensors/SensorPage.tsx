import { t } from '@lingui/core/macro'
import { useMemo } from 'react'
import { Link, useParams } from 'react-router'

import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { Icon } from '@/components/Icon'
import { PageTitle } from '@/components/PageTitle'
import { PageSkeleton } from '@/components/Skeletons'
import { Problem } from '@/lib/api/problem'
import type { Rule, Series } from '@/lib/api/types'
import { useOneSeries, useRules } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { rulesOfSeries } from '@/lib/thresholds'
import { seriesName } from '@/lib/words'

import { HistoryPanels } from './HistoryPanels'
import { SensorHead } from './SensorHead'
import { useAskHistory } from './useHistory'
import { useSeriesAlerts } from './useSeriesAlerts'
import { useView } from './view'

/** One series: its number now, its history, its numbers, its rules and its alerts. */
export default function SensorPage() {
  const { slug } = useSite()
  const { id } = useParams()
  const one = useOneSeries(slug, Number(id))
  if (one.isPending) return <PageSkeleton />
  if (one.data?.site === slug) return <Sensor key={one.data.id} series={one.data} />
  if (one.data || (one.error instanceof Problem && one.error.status === 404)) return <Gone />
  return (
    <>
      <PageTitle text={t`Series`} hidden />
      <ErrorState error={one.error} onRetry={() => void one.refetch()} />
    </>
  )
}

function Gone() {
  const { slug } = useSite()
  return (
    <section className="panel">
      <PageTitle text={t`Series`} hidden />
      <EmptyState
        text={t`There is no such series, or you may not view it.`}
        action={<Link className="btn" to={`/s/${slug}`}>{t`To the overview`}</Link>}
      />
    </section>
  )
}

const NO_RULES: readonly Rule[] = []

function Sensor({ series }: { series: Series }) {
  const { slug, name: site } = useSite()
  const view = useView(useAskHistory(series.id))
  const rules = useRules(slug).data ?? NO_RULES
  const own = useMemo(() => rulesOfSeries(series, rules), [series, rules])
  const alerts = useSeriesAlerts(series.id)

  return (
    <>
      <nav className="crumb" aria-label={t`Path`}>
        <Link to={`/s/${slug}`}>{site}</Link>
        <Icon name="right" size="s" />
        <span>{series.zone?.name ?? series.device_name}</span>
        <Icon name="right" size="s" />
        <span>{seriesName(series)}</span>
      </nav>
      <SensorHead series={series} rules={own} active={alerts.active} chosen={view.chosen} />
      <HistoryPanels series={series} rules={own} alerts={alerts.all} view={view} />
    </>
  )
}
