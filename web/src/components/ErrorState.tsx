import { t } from '@lingui/core/macro'
import { Problem, Unreachable } from '@/lib/api/problem'
import { sentenceOf } from '@/lib/api/sentences'

function codeOf(error: unknown): string {
  if (error instanceof Problem) return `${error.status} ${error.code}`
  return error instanceof Unreachable ? 'unreachable' : 'page'
}

/** A panel that did not load; the rest of the page goes on. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const code = codeOf(error)
  return (
    <div
      role="alert"
      style={{ display: 'grid', justifyItems: 'center', gap: 12, padding: '24px 16px', textAlign: 'center' }}
    >
      <p className="soft" style={{ maxWidth: '34em' }}>
        {t`This part did not load. The rest keeps updating.`} {t`Code:`} <code>{code}</code>
        <br />
        <span className="small muted">{sentenceOf(error)}</span>
      </p>
      <button type="button" className="btn" onClick={onRetry}>
        {t`Try again`}
      </button>
    </div>
  )
}
