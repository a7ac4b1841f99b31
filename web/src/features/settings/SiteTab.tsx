import { t } from '@lingui/core/macro'
import { TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { ErrorState } from '@/components/ErrorState'
import { LanguageField } from '@/components/LanguageField'
import { RowsSkeleton } from '@/components/Skeletons'
import { TimezoneField } from '@/components/TimezoneField'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Site } from '@/lib/api/types'
import { keys, useSiteDetail } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { useUnsaved } from '@/lib/unsaved'
import { SiteEnds } from './SiteEnds'
import styles from './SettingsPage.module.css'

export function SiteTab() {
  const { slug } = useSite()
  const site = useSiteDetail(slug)
  if (site.isPending) return <RowsSkeleton />
  if (!site.data) return <ErrorState error={site.error} onRetry={() => void site.refetch()} />
  return (
    <div className={styles.columns}>
      <SiteForm key={site.data.version} site={site.data} />
      <SiteEnds site={site.data} />
    </div>
  )
}

function SiteForm({ site }: { site: Site }) {
  const queries = useQueryClient()
  const [name, setName] = useState(site.name)
  const [address, setAddress] = useState(site.address)
  const [timezone, setTimezone] = useState(site.timezone)
  const [language, setLanguage] = useState(site.language)
  const save = useMutation({
    mutationFn: () =>
      body(
        api.PATCH('/api/v1/sites/{slug}', {
          params: { path: { slug: site.slug } },
          headers: { 'If-Match': `"${site.version}"` },
          body: { name: name.trim(), address: address.trim(), timezone, language },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.site(site.slug), exact: true })
      await queries.invalidateQueries({ queryKey: keys.me })
    },
  })
  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    save.mutate()
  }
  const changed =
    name !== site.name || address !== site.address || timezone !== site.timezone || language !== site.language
  useUnsaved(changed && !save.isPending)
  return (
    <section className="panel" aria-label={t`Site`}>
      <form className={styles.form} onSubmit={submit}>
        <TextInput
          label={t`Site name`}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={t`Place`}
          value={address}
          onChange={(event) => setAddress(event.currentTarget.value)}
        />
        <TimezoneField value={timezone} onChange={setTimezone} />
        {timezone !== site.timezone && (
          <p className="small muted">
            {t`Days, schedules and times on every page follow it, also those of the past.`}
          </p>
        )}
        <LanguageField
          label={t`Default language`}
          description={t`Of invitations and of pages for people without an account. Everybody chooses their own.`}
          value={language}
          onChange={setLanguage}
        />
        {save.isError && (
          <p className={styles.failed} role="alert">
            {sentenceOf(save.error)}
          </p>
        )}
        <div>
          <button
            type="submit"
            className="btn primary"
            disabled={!changed || name.trim() === '' || save.isPending}
          >
            {t`Save`}
          </button>
        </div>
      </form>
    </section>
  )
}
