import { t } from '@lingui/core/macro'
import {
  lazy,
  Suspense,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type RefObject,
} from 'react'
import { Icon } from '@/components/Icon'
import type { Asked } from './SearchResults'
import styles from './SearchDialog.module.css'

// The field must be there for the key after Ctrl K; what is found may come later.
const SearchResults = lazy(() => import('./SearchResults'))

const MOST_TYPED = 100

/** Devices, series, rules, cameras, alerts, pages and actions by a few letters; arrows choose, Enter opens. */
export function SearchDialog({ onClose }: { onClose: () => void }) {
  const [asked, setAsked] = useState<Asked>({ typed: '', steps: 0, entered: false })
  const [active, setActive] = useState<string | null>(null)
  const field = useRef<HTMLInputElement>(null)
  const box = useModal(field)
  const id = useId()

  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.nativeEvent.isComposing || (step === undefined && event.key !== 'Enter')) return
    event.preventDefault()
    setAsked((was) => (step === undefined ? { ...was, entered: true } : { ...was, steps: was.steps + step }))
  }

  return (
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- a click beside the box; keys have Escape
    <dialog
      ref={box}
      className={styles.dialog}
      aria-labelledby={`${id}-title`}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose()
      }}
    >
      <div className={styles.box}>
        <div className={styles.head}>
          <h2 id={`${id}-title`}>{t`Search`}</h2>
          <button type="button" className="icon-btn" aria-label={t`Close`} onClick={onClose}>
            <Icon name="x" />
          </button>
        </div>
        <div className={styles.field}>
          <Icon name="find" />
          <input
            ref={field}
            type="text"
            role="combobox"
            aria-expanded={active !== null}
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={active ?? undefined}
            aria-label={t`Search this site`}
            placeholder={t`Device, series, rule, camera, alert or page`}
            autoComplete="off"
            spellCheck={false}
            maxLength={MOST_TYPED}
            value={asked.typed}
            onChange={(event) => setAsked({ typed: event.currentTarget.value, steps: 0, entered: false })}
            onKeyDown={press}
          />
        </div>
        <Suspense fallback={<div id={`${id}-list`} role="listbox" aria-label={t`Found`} aria-busy="true" />}>
          <SearchResults
            id={`${id}-list`}
            asked={asked}
            onPoint={(steps) => setAsked((was) => ({ ...was, steps }))}
            onActive={setActive}
            onClose={onClose}
          />
        </Suspense>
      </div>
    </dialog>
  )
}

/**
 * Opens the dialog over the page in the turn in which it is drawn, with the focus in its field: the next key is typed there.
 * What had the focus before gets it back.
 */
function useModal(field: RefObject<HTMLInputElement | null>) {
  const box = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const dialog = box.current
    dialog?.showModal()
    field.current?.focus()
    return () => dialog?.close()
  }, [field])
  return box
}
