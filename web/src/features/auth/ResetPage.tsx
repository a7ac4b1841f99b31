import { t } from '@lingui/core/macro'
import { PasswordInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { EmptyState } from '@/components/EmptyState'
import { PageTitle } from '@/components/PageTitle'
import { RowsSkeleton } from '@/components/Skeletons'
import { api, body } from '@/lib/api/client'
import { fieldSentence, sentenceOf } from '@/lib/api/sentences'
import { signedIn } from '@/lib/session'
import { AuthPage } from './AuthPage'
import { FormError } from './FormError'
import { SHORTEST_PASSWORD, strengthWords } from './password'
import { useOfferedLanguage } from './useOfferedLanguage'
import styles from './auth.module.css'

/** `/reset#CODE`: the code stands behind the #, so that it is in no server's log. */
export default function ResetPage() {
  const code = useLocation().hash.slice(1)
  const reset = useQuery({
    queryKey: ['reset', code],
    queryFn: () => body(api.POST('/api/v1/password-reset/read', { body: { code } })),
    enabled: code !== '',
    retry: false,
    staleTime: Infinity,
  })
  useOfferedLanguage(reset.data?.language)
  return (
    <AuthPage>
      <PageTitle text={t`Choose a new password`} />
      {code === '' && (
        <EmptyState text={t`This link lacks the code. Open the whole link that you were sent.`} />
      )}
      {code !== '' && reset.isPending && <RowsSkeleton count={2} />}
      {reset.error && <FormError text={sentenceOf(reset.error)} />}
      {reset.data && <NewPassword code={code} username={reset.data.username} name={reset.data.name} />}
    </AuthPage>
  )
}

function NewPassword({ code, username, name }: { code: string; username: string; name: string }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [password, setPassword] = useState('')
  const use = useMutation({
    mutationFn: () => body(api.POST('/api/v1/password-reset/use', { body: { code, password } })),
    onSuccess: async (me) => {
      signedIn(queries, me)
      await navigate('/', { replace: true })
    },
  })
  const ofPassword = fieldSentence(use.error, 'password')
  return (
    <>
      <p className="soft">{t`For ${name}. You are signed in afterwards.`}</p>
      {use.error && !ofPassword && <FormError text={sentenceOf(use.error)} />}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (password.length >= SHORTEST_PASSWORD) use.mutate()
        }}
      >
        {/* Password managers file the password under it. */}
        <input type="hidden" name="username" autoComplete="username" value={username} readOnly />
        <div>
          <PasswordInput
            label={t`New password`}
            name="password"
            autoComplete="new-password"
            value={password}
            error={ofPassword}
            visibilityToggleButtonProps={{ 'aria-label': t`Show password`, tabIndex: 0 }}
            onChange={(event) => {
              setPassword(event.currentTarget.value)
              use.reset()
            }}
          />
          <p className={styles.meter} role="status">
            {strengthWords(password)}
          </p>
        </div>
        <div className={styles.buttons}>
          <button
            type="submit"
            className="btn primary"
            disabled={password.length < SHORTEST_PASSWORD || use.isPending}
          >
            {t`Save and sign in`}
          </button>
        </div>
      </form>
    </>
  )
}
