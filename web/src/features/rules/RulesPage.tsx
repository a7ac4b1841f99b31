import { t } from '@lingui/core/macro'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { PageTitle } from '@/components/PageTitle'
import { RowsSkeleton } from '@/components/Skeletons'
import type { Metric, Rule, SiteMetric } from '@/lib/api/types'
import { useMetrics, useOneSeries, useRules, useSiteMetrics } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { AwaySwitch } from './AwaySwitch'
import { NEW_DRAFT, type Draft } from './draft'
import { MaintenanceWindows } from './MaintenanceWindows'
import { RuleEditor } from './RuleEditor'
import { isUnusedTemplate } from './ruleFilter'
import { namedDraft } from './ruleForm'
import { RuleList } from './RuleList'
import classes from './RulesPage.module.css'
import { ruleName } from './words'

/** A list and its detail: one page on a desk, two routes in a hand. */
export default function RulesPage() {
  const { slug } = useSite()
  const { id } = useParams()
  const owner = useCan('owner')
  const rules = useRules(slug)
  const measured = useSiteMetrics(slug)
  const metrics = useMetrics()

  if (rules.isPending || measured.isPending || metrics.isPending) return <RowsSkeleton count={6} />
  if (!rules.data || !measured.data || !metrics.data) {
    const retry = () => void Promise.all([rules.refetch(), measured.refetch(), metrics.refetch()])
    return (
      <>
        <PageTitle text={t`Rules`} hidden />
        <ErrorState error={rules.error ?? measured.error ?? metrics.error} onRetry={retry} />
      </>
    )
  }
  const about = { measured: measured.data, metrics: metrics.data }
  const rule = rules.data.find((each) => String(each.id) === id)
  const adding = id === 'new' && owner
  return (
    <>
      <PageTitle text={t`Rules`} hidden />
      <div className={classes.columns} data-detail={id !== undefined || undefined}>
        <div className={classes.side}>
          <RuleList rules={rules.data} current={rule?.id ?? null} />
          <AwaySwitch minding={rules.data.filter((each) => each.applies !== 'always').length} />
          <MaintenanceWindows rules={rules.data} />
        </div>
        <div className={classes.detail}>
          <Link className={`btn quiet ${classes.back}`} to={`/s/${slug}/rules`}>{t`The rules`}</Link>
          {adding && <NewRule rules={rules.data} {...about} />}
          {rule && <RuleEditor key={rule.id} rule={rule} {...about} />}
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

interface NewProps {
  rules: readonly Rule[]
  measured: readonly SiteMetric[]
  metrics: readonly Metric[]
}

/** `?series=7`: begin with the series that the person came from; `?copy=3`: with another rule, or a template. */
function NewRule({ rules, measured, metrics }: NewProps) {
  const { slug } = useSite()
  const navigate = useNavigate()
  const [query] = useSearchParams()
  const wanted = query.get('series')
  const one = useOneSeries(slug, wanted === null ? null : Number(wanted))
  const from = one.data?.site === slug ? one.data : undefined
  const model = rules.find((each) => String(each.id) === query.get('copy'))
  if (wanted !== null && one.isPending) return <RowsSkeleton count={6} />
  const first: Draft = model
    ? copyOf(model)
    : from
      ? {
          ...NEW_DRAFT,
          metric: from.metric,
          scope: `series:${from.id}`,
          kind: from.kind === 'binary' ? 'is_true' : 'above',
        }
      : NEW_DRAFT
  const own = rules.filter((each) => !isUnusedTemplate(each))
  const templates = rules.filter(isUnusedTemplate)
  return (
    <>
      <label className={classes.start}>
        {t`Start from`}
        <select
          value={model?.id ?? ''}
          onChange={(event) => {
            const chosen = event.currentTarget.value
            void navigate(`/s/${slug}/rules/new${chosen && `?copy=${chosen}`}`, { replace: true })
          }}
        >
          <option value="">{t`an empty sentence`}</option>
          <Models label={t`A copy of a rule`} rules={own} />
          <Models label={t`Templates`} rules={templates} />
        </select>
      </label>
      <RuleEditor key={query.toString()} measured={measured} metrics={metrics} first={first} />
    </>
  )
}

function Models({ label, rules }: { label: string; rules: readonly Rule[] }) {
  if (rules.length === 0) return null
  return (
    <optgroup label={label}>
      {rules.map((rule) => (
        <option key={rule.id} value={rule.id}>
          {ruleName(rule)}
        </option>
      ))}
    </optgroup>
  )
}

function copyOf(rule: Rule): Draft {
  const name = ruleName(rule)
  return { ...namedDraft(rule), name: isUnusedTemplate(rule) ? name : t`${name} (copy)`.slice(0, 120) }
}
