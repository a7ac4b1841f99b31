import { t } from '@lingui/core/macro'
import { useState } from 'react'
import { useRouteError } from 'react-router'
import { PageTitle } from '@/components/PageTitle'

/** Short enough to read out on the telephone. */
const CODE_LENGTH = 6

/** A page that failed must not look alive: it says that it has stopped. */
export function PageError({ inFrame = false }: { inFrame?: boolean }) {
  const error = useRouteError()
  const [id] = useState(() => crypto.getRandomValues(new Uint32Array(1)).join('').slice(0, CODE_LENGTH))
  console.error(`Page error ${id}`, error)
  const Element = inFrame ? 'div' : 'main'
  return (
    <Element
      role="alert"
      style={{ display: 'grid', justifyItems: 'center', gap: 12, padding: '48px 16px', textAlign: 'center' }}
    >
      <PageTitle text={t`This page failed`} hidden />
      <p className="soft">{t`This page failed and stopped, so values may be old. Code: ${id}`}</p>
      <button type="button" className="btn primary" onClick={() => window.location.reload()}>
        {t`Reload`}
      </button>
    </Element>
  )
}
