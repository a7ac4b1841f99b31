import { t } from '@lingui/core/macro'
import { TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { LanguageField } from '@/components/LanguageField'
import { TimezoneField } from '@/components/TimezoneField'
import { api, body } from '@/lib/api/client'
import { currentLanguage, type Language } from '@/lib/i18n'
import { keys } from '@/lib/queries'
import { slugOf } from '@/lib/slug'
import { useSite } from '@/lib/site'
import { useUnsaved } from '@/lib/unsaved'
import { Failed } from './Setting'
import styles from './SettingsPage.module.css'

/** Another site, owned by who makes it. */
export function NewSiteTab() {
  const here = useSite()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [address, setAddress] = useState('')
  const [timezone, setTimezone] = useState(here.timezone)
  const [language, setLanguage] = useState<Language>(currentLanguage)
  const slug = name.trim() === '' ? '' : slugOf(name)
  const create = useMutation({
    mutationFn: () =>
      body(
        api.POST('/api/v1/sites', {
          body: { slug, name: name.trim(), address: address.trim(), timezone, language },
        }),
      ),
    onSuccess: async (site) => {
      await queries.invalidateQueries({ queryKey: keys.me })
      await navigate(`/s/${site.slug}`)
    },
  })
  useUnsaved(name !== '' && !create.isPending)
  return (
    <div className={styles.columns}>
      <section className="panel" aria-labelledby="new-site">
        <header>
          <h2 id="new-site">{t`New site`}</h2>
        </header>
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault()
            if (slug !== '') create.mutate()
          }}
        >
          <p className="soft">{t`A site has its own members, devices and alerts. You will own it.`}</p>
          <TextInput
            label={t`Site name`}
            data-autofocus
            maxLength={120}
            value={name}
            description={slug ? `/s/${slug}` : undefined}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label={t`Place (optional)`}
            maxLength={200}
            value={address}
            onChange={(event) => setAddress(event.currentTarget.value)}
          />
          <TimezoneField value={timezone} onChange={setTimezone} />
          <LanguageField label={t`Default language`} value={language} onChange={setLanguage} />
          <Failed error={create.error} />
          <div>
            <button type="submit" className="btn primary" disabled={slug === '' || create.isPending}>
              {t`Create site`}
            </button>
          </div>
        </form>
      </section>
    </div>
  )
}
