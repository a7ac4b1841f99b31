import { plural, t } from '@lingui/core/macro'
import { Switch } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import { formatDateTime } from '@/lib/i18n'
import { keys, useSiteDetail } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import classes from './RulesPage.module.css'

/** Whether anybody is at the site: some rules mind. */
export function AwaySwitch({ minding }: { minding: number }) {
  const { slug } = useSite()
  const operator = useCan('operator')
  const client = useQueryClient()
  const site = useSiteDetail(slug)
  const set = useMutation({
    mutationFn: (away: boolean) =>
      body(api.PUT('/api/v1/sites/{slug}/away', { params: { path: { slug } }, body: { away } })),
    onSuccess: (saved) => client.setQueryData(keys.site(slug), saved),
  })
  if (!site.data) return null
  const { away, away_set_at: at, away_set_by: by } = site.data
  const when = at ? formatDateTime(Date.parse(at)) : ''
  return (
    <section className={`panel ${classes.list} ${classes.away}`} aria-label={t`Away switch`}>
      <span className="grow">
        <b>{away ? t`Nobody is there` : t`Somebody is there`}</b>
        <span className={classes.line}>
          {minding === 0
            ? t`No rule minds this switch yet.`
            : plural(minding, { one: '# rule minds this switch.', other: '# rules mind this switch.' })}
          {at && by && ` ${t`Set by ${by} at ${when}.`}`}
        </span>
        {set.error && <span role="alert">{sentenceOf(set.error)}</span>}
      </span>
      {operator && (
        <Switch
          checked={set.isPending ? set.variables : away}
          onChange={(event) => set.mutate(event.currentTarget.checked)}
          aria-label={t`Nobody is there`}
          className={classes.switch}
        />
      )}
    </section>
  )
}
