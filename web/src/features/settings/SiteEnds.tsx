import { t } from '@lingui/core/macro'
import { TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api } from '@/lib/api/client'
import { keys } from '@/lib/queries'
import { ConfirmButton } from '@/components/ConfirmButton'
import { Failed, Setting } from './Setting'
import styles from './SettingsPage.module.css'

interface Ending {
  slug: string
  name: string
}

/** To `/`, which knows another site, once this one is gone. */
function useGone() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    await navigate('/', { replace: true })
    await queries.invalidateQueries({ queryKey: keys.me })
  }
}

export function LeaveSite({ site: { slug, name } }: { site: Ending }) {
  const gone = useGone()
  const leave = useMutation({
    mutationFn: () => api.DELETE('/api/v1/me/sites/{slug}', { params: { path: { slug } } }),
    onSuccess: gone,
  })
  return (
    <Setting
      name={t`Leave this site`}
      note={t`You no longer see it, and get none of its alerts.`}
      error={leave.error}
    >
      <ConfirmButton
        text={t`Leave site`}
        question={t`You leave ${name} at once. Only an owner can bring you back.`}
        pending={leave.isPending}
        onConfirm={() => leave.mutate()}
      />
    </Setting>
  )
}

/** The two ways in which a site ends for an owner; deleting takes its name, typed. */
export function SiteEnds({ site }: { site: Ending }) {
  const gone = useGone()
  const [typed, setTyped] = useState('')
  const { slug, name } = site
  const remove = useMutation({
    mutationFn: () =>
      api.DELETE('/api/v1/sites/{slug}', { params: { path: { slug }, query: { name: typed } } }),
    onSuccess: gone,
  })
  return (
    <section className="panel" aria-labelledby="site-ends">
      <header>
        <h2 id="site-ends">{t`Leave or delete`}</h2>
      </header>
      <LeaveSite site={site} />
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (typed.trim() === name.trim()) remove.mutate()
        }}
      >
        <p className="soft">
          {t`Deleting a site deletes its devices, readings, rules, alerts and cameras, for all members. This cannot be undone.`}
        </p>
        <TextInput
          label={t`Type the site's name: ${name}`}
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Failed error={remove.error} />
        <div>
          <button type="submit" className="btn" disabled={typed.trim() !== name.trim() || remove.isPending}>
            {t`Delete site`}
          </button>
        </div>
      </form>
    </section>
  )
}
