import { t } from '@lingui/core/macro'
import { PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { Link, useLocation, useNavigate } from 'react-router'
import { EmptyState } from '@/components/EmptyState'
import { PageTitle } from '@/components/PageTitle'
import { RowsSkeleton } from '@/components/Skeletons'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Me, MyInvitation } from '@/lib/api/types'
import { currentLanguage } from '@/lib/i18n'
import { keys, useMe } from '@/lib/queries'
import { signedIn } from '@/lib/session'
import { roleWord } from '@/lib/words'
import { AuthPage } from './AuthPage'
import { FormError } from './FormError'
import { strengthWords } from './password'
import { useOfferedLanguage } from './useOfferedLanguage'
import styles from './auth.module.css'

/** `/join#CODE`: the code stands behind the #, so that it is in no server's log. */
export default function JoinPage() {
  const code = useLocation().hash.slice(1)
  const me = useMe()
  const invitation = useQuery({
    queryKey: ['invitation', code],
    queryFn: () => body(api.POST('/api/v1/invitations/read', { body: { code } })),
    enabled: code !== '',
    retry: false,
    staleTime: Infinity,
  })
  useOfferedLanguage(invitation.data?.site_language)
  if (code === '') {
    return (
      <AuthPage>
        <PageTitle text={t`Invitation`} />
        <EmptyState text={t`This link lacks the code. Open the whole link that you were sent.`} />
      </AuthPage>
    )
  }
  return (
    <AuthPage>
      <PageTitle text={t`Invitation`} />
      {(invitation.isPending || me.isPending) && <RowsSkeleton count={2} />}
      {invitation.error && <FormError text={sentenceOf(invitation.error)} />}
      {invitation.data && !me.isPending && <Choice code={code} invitation={invitation.data} me={me.data} />}
    </AuthPage>
  )
}

function Choice({ code, invitation, me }: { code: string; invitation: MyInvitation; me: Me | undefined }) {
  const { site_name: site, made_by: by } = invitation
  const role = roleWord(invitation.role)
  return (
    <>
      <p>
        <b>{t`You are invited to ${site}`}</b>
      </p>
      <p className="soft">{t`Role: ${role}. ${by} invites you.`}</p>
      {me ? <Accept code={code} me={me} /> : <Join code={code} />}
    </>
  )
}

/** Who is signed in joins with that account. */
function Accept({ code, me }: { code: string; me: Me }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const accept = useMutation({
    mutationFn: () => body(api.POST('/api/v1/invitations/accept', { body: { code } })),
    onSuccess: async ({ slug }) => {
      await queries.invalidateQueries({ queryKey: keys.me })
      await navigate(`/s/${slug}`, { replace: true })
    },
  })
  const name = me.name || me.username
  return (
    <>
      {accept.error && <FormError text={sentenceOf(accept.error)} />}
      <div className={styles.buttons}>
        <Link className="btn" to="/">{t`Later`}</Link>
        <button
          type="button"
          className="btn primary"
          disabled={accept.isPending}
          onClick={() => accept.mutate()}
        >
          {t`Accept, as ${name}`}
        </button>
      </div>
    </>
  )
}

function Join({ code }: { code: string }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [username, setUsername] = useState('')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const join = useMutation({
    mutationFn: () =>
      body(
        api.POST('/api/v1/invitations/join', {
          body: { code, username: username.trim(), name: name.trim(), password, language: currentLanguage() },
        }),
      ),
    onSuccess: async (me) => {
      signedIn(queries, me)
      await navigate('/', { replace: true })
    },
  })
  const ready = username.trim() !== '' && password !== ''
  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (ready) join.mutate()
  }
  const here = encodeURIComponent(`/join#${code}`)
  return (
    <>
      <p className="small">
        <Link to={`/sign-in?next=${here}`}>{t`You have an account? Sign in, then accept.`}</Link>
      </p>
      {join.error && <FormError text={sentenceOf(join.error)} />}
      <form onSubmit={submit}>
        <TextInput
          label={t`User name`}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <TextInput
          label={t`Display name`}
          name="name"
          autoComplete="name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <div>
          <PasswordInput
            label={t`Password`}
            name="password"
            autoComplete="new-password"
            value={password}
            visibilityToggleButtonProps={{ 'aria-label': t`Show password`, tabIndex: 0 }}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <p className={styles.meter} role="status">
            {strengthWords(password)}
          </p>
        </div>
        <div className={styles.buttons}>
          <button type="submit" className="btn primary" disabled={!ready || join.isPending}>
            {t`Create the account and enter`}
          </button>
        </div>
      </form>
    </>
  )
}
