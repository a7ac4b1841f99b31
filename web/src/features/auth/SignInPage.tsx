import { t } from '@lingui/core/macro'
import { PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState, type SubmitEvent } from 'react'
import { Navigate, useNavigate, useSearchParams } from 'react-router'
import { PageTitle } from '@/components/PageTitle'
import { api, body } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import { sentenceOf } from '@/lib/api/sentences'
import { offerLanguage } from '@/lib/i18n'
import { keys } from '@/lib/queries'
import { signedIn } from '@/lib/session'
import { AuthPage } from './AuthPage'
import { FormError } from './FormError'

/** Only an address of our own: anything else could lead a signed-in person elsewhere. */
export function safeNext(next: string | null): string {
  return next?.startsWith('/') && !next.startsWith('//') && !next.includes('\\') ? next : '/'
}

export default function SignInPage() {
  const [search] = useSearchParams()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const setup = useQuery({ queryKey: keys.setup, queryFn: () => body(api.GET('/api/v1/setup')) })
  const name = useRef<HTMLInputElement>(null)
  const password = useRef<HTMLInputElement>(null)
  const [missing, setMissing] = useState<'name' | 'password' | null>(null)
  const [waitSeconds, setWait] = useCountdown()

  const signIn = useMutation({
    mutationFn: (who: { username: string; password: string }) =>
      body(api.POST('/api/v1/session', { body: who })),
    onSuccess: async (me) => {
      signedIn(queries, me)
      await offerLanguage(me.language)
      await navigate(safeNext(search.get('next')), { replace: true })
    },
    onError: (error) => {
      if (error instanceof Problem && error.status === 429) setWait(error.retryAfterSeconds ?? 60)
      password.current?.focus()
      password.current?.select()
    },
  })

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    const who = { username: name.current?.value.trim() ?? '', password: password.current?.value ?? '' }
    const first = who.username === '' ? 'name' : who.password === '' ? 'password' : null
    setMissing(first)
    if (first === null) {
      signIn.mutate(who)
      return
    }
    const field = first === 'name' ? name : password
    field.current?.focus()
  }

  if (setup.data?.needed) return <Navigate to="/setup" replace />
  return (
    <AuthPage>
      <PageTitle text={t`Sign in`} />
      {search.has('ended') && !signIn.isError && (
        <p className="soft" role="status">{t`Your session has ended. Sign in again; this page is kept.`}</p>
      )}
      {signIn.isError && <Refused error={signIn.error} waitSeconds={waitSeconds} />}
      <form onSubmit={submit} noValidate>
        <TextInput
          ref={name}
          label={t`E-mail or user name`}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          error={missing === 'name' ? t`Fill in your e-mail or user name.` : undefined}
        />
        <PasswordInput
          ref={password}
          label={t`Password`}
          name="password"
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': t`Show password`, tabIndex: 0 }}
          error={missing === 'password' ? t`Fill in the password.` : undefined}
        />
        <button type="submit" className="btn primary" disabled={signIn.isPending || waitSeconds > 0}>
          {t`Sign in`}
        </button>
      </form>
    </AuthPage>
  )
}

/** Why it was refused; after a wait that is over, that it may be tried again. */
function Refused({ error, waitSeconds }: { error: Error; waitSeconds: number }) {
  if (!(error instanceof Problem && error.status === 429)) return <FormError text={sentenceOf(error)} />
  return waitSeconds > 0 ? (
    <FormError text={t`Wrong password too many times. Try again in ${waitSeconds} s.`} />
  ) : (
    <p role="status">{t`You can try again now.`}</p>
  )
}

/** Seconds that are left to wait, counted down by itself. */
function useCountdown(): [number, (seconds: number) => void] {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    if (seconds <= 0) return
    const timer = setTimeout(() => setSeconds(seconds - 1), 1000)
    return () => clearTimeout(timer)
  }, [seconds])
  return [seconds, setSeconds]
}
