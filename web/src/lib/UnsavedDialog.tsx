import { t } from '@lingui/core/macro'
import { Modal } from '@mantine/core'
import type { Unsaved } from './unsaved'

interface Props {
  what: Unsaved
  onStay: () => void
  onLeave: () => void
}

/** Asks whether what is not saved may be lost. */
export default function UnsavedDialog({ what, onStay, onLeave }: Props) {
  const secret = what === 'secret'
  return (
    <Modal
      opened
      onClose={onStay}
      title={secret ? t`Have you kept it?` : t`Leave without saving?`}
      closeButtonProps={{ 'aria-label': t`Close` }}
      attributes={{ header: { role: 'presentation' } }}
      centered
    >
      <p>
        {secret
          ? t`What is shown here is shown only this once. Copy it before you go on.`
          : t`What you changed on this page is not saved yet.`}
      </p>
      <div className="row wrap" style={{ marginTop: 16, justifyContent: 'flex-end' }}>
        <button type="button" className="btn" onClick={onLeave}>
          {secret ? t`I have kept it` : t`Leave`}
        </button>
        <button type="button" className="btn primary" data-autofocus onClick={onStay}>
          {t`Stay`}
        </button>
      </div>
    </Modal>
  )
}
