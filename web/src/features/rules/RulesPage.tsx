import { t } from '@lingui/core/macro'
import { Link, useParams, useSearchParams } from 'react-router'

import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { PageTitle } from '@/components/PageTitle'
import { RowsSkeleton } from '@/components/Skeletons'
import type { Metric, Series } from '@/lib/api/types'
import { useMetrics, useRules, useSeries } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'

import { NEW_DRAFT, type Draft } from './draft'
import { RuleEditor } from './RuleEditor'
import { RuleList } from './RuleList'
import classes from './RulesPage.module.css'

/** A list and its detail: one page on a desk, two routes in a hand. */
export default function RulesPage() {
  const { slug } = useSite()
  const { id } = useParams()
  const owner = useCan('owner')
  const rules = useRules(slug)
  const series = useSeries(slug)
  const metrics = useMetrics()

  if (rules.isPending || series.isPending || metrics.isPending) return <RowsSkeleton count={6} />
  if (!rules.data || !series.data || !metrics.data) {
    const retry = () => void Promise.all([rules.refetch(), series.refetch(), metrics.refetch()])
    return <ErrorState error={rules.error ?? series.error ?? metrics.error} onRetry={retry} />
  }
  const rule = rules.data.find((each) => String(each.id) === id)
  const adding = id === 'new' && owner
  return (
    <>
      <PageTitle text={t`Rules`} hidden />
      <div className={classes.columns} data-detail={id !== undefined || undefined}>
        <RuleList rules={rules.data} series={series.data} current={rule?.id ?? null} />
        <div className={classes.detail}>
          <Link className={`btn quiet ${classes.back}`} to={`/s/${slug}/rules`}>{t`The rules`}</Link>
          {adding && <NewRule series={series.data} metrics={metrics.data} />}
          {rule && (
            <RuleEditor
              key={`${rule.id} ${rule.version}`}
              rule={rule}
              series={series.data}
              metrics={metrics.data}
            />
          )}
          {!rule && !adding && (
            <section className="panel">
              <EmptyState text={id === undefined ? t`Choose a rule to see it.` : t`There is no such rule.`} />
            </section>
          )}
        </div>
      </div>
    </>
  )
}

/** `?series=7`: begin with the series that the person came from. */
function NewRule({ series, metrics }: { series: readonly Series[]; metrics: readonly Metric[] }) {
  const [query] = useSearchParams()
  const from = series.find((each) => String(each.id) === query.get('series'))
  const first: Draft = from
    ? {
        ...NEW_DRAFT,
        metric: from.metric,
        scope: `series:${from.id}`,
        kind: from.kind === 'binary' ? 'is_true' : 'above',
      }
    : NEW_DRAFT
  return <RuleEditor key={first.scope} series={series} metrics={metrics} first={first} />
}
