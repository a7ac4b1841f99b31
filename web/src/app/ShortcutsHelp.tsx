import { t } from '@lingui/core/macro'
import { Modal } from '@mantine/core'
import { dialogParts } from '@/components/dialogParts'
import { pagesOf } from '@/features/search/places'
import { useCan } from '@/lib/site'
import styles from './Shortcuts.module.css'

/** Every key and what it does. */
export default function ShortcutsHelp({ onClose }: { onClose: () => void }) {
  const owner = useCan('owner')
  const rows = [
    { keys: 'Ctrl K', text: t`Search` },
    { keys: '/', text: t`Search` },
    ...pagesOf(owner).flatMap(({ keys, text }) => (keys === undefined ? [] : [{ keys, text }])),
    { keys: 'a', text: t`Acknowledge the alert that is shown` },
    { keys: 'r', text: t`Resolve the alert that is shown` },
    { keys: '?', text: t`These shortcuts` },
  ]
  return (
    <Modal opened onClose={onClose} title={t`Shortcuts`} size={460} {...dialogParts()}>
      <dl className={styles.keys}>
        {rows.map(({ keys, text }) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <p className="small muted">{t`Letters can be turned off in the settings of your account.`}</p>
    </Modal>
  )
}
