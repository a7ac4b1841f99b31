import { plural, t } from '@lingui/core/macro'
import { Modal } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useId, useState, type KeyboardEvent } from 'react'
import { useNavigate } from 'react-router'
import { Icon } from '@/components/Icon'
import { dialogParts } from '@/components/dialogParts'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import { focusPage } from '@/lib/focus'
import { recentHits, rememberHit } from '@/lib/recent'
import { keys } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { groupsOf, type Choice } from './choices'
import styles from './SearchDialog.module.css'

/** Typing asks the server: not with each key. */
const TYPED_AFTER_MS = 120
const MOST_TYPED = 100

/** Devices, series, rules, cameras, alerts, pages and actions by a few letters; arrows choose, Enter opens. */
export function SearchDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title={t`Search`} size={640} yOffset="8vh" returnFocus {...dialogParts()}>
      <Search onClose={onClose} />
    </Modal>
  )
}

function Search({ onClose }: { onClose: () => void }) {
  const { slug } = useSite()
  const owner = useCan('owner')
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState(0)
  const id = useId()
  const { asked, found } = useFound(slug, typed)
  const groups = groupsOf(typed, asked === '' ? [] : (found.data ?? []), recentHits(slug), owner)
  const choices = groups.flatMap((group) => group.choices)
  const at = Math.min(chosen, choices.length - 1)
  const waiting = typed.trim() !== '' && (found.isFetching || asked !== typed.trim())

  const open = (choice: Choice | undefined) => {
    if (!choice) return
    if (choice.hit) rememberHit(slug, choice.hit)
    onClose()
    void Promise.resolve(navigate(`/s/${slug}${choice.path}`)).then(() => setTimeout(focusPage))
  }
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.nativeEvent.isComposing || (step === undefined && event.key !== 'Enter')) return
    event.preventDefault()
    if (step === undefined) open(choices[at])
    else if (choices.length > 0) setChosen((at + step + choices.length) % choices.length)
  }
  useEffect(() => {
    document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' })
  }, [id, at])

  const count = choices.length
  return (
    <>
      <div className={styles.field}>
        <Icon name="find" />
        <input
          type="text"
          role="combobox"
          data-autofocus
          aria-expanded={count > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={count > 0 ? `${id}-${at}` : undefined}
          aria-label={t`Search this site`}
          placeholder={t`Device, series, rule, camera, alert or page`}
          autoComplete="off"
          spellCheck={false}
          maxLength={MOST_TYPED}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value)
            setChosen(0)
          }}
          onKeyDown={press}
        />
      </div>
      <div className={styles.list} id={`${id}-list`} role="listbox" aria-label={t`Found`} aria-busy={waiting}>
        {groups.map((group) => (
          <div key={group.text} role="group" aria-label={group.text}>
            <div className={styles.group} aria-hidden="true">
              {group.text}
            </div>
            {group.choices.map((choice) => {
              const n = choices.indexOf(choice)
              return (
                // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the field has the focus and takes the keys
                <div
                  key={choice.key}
                  id={`${id}-${n}`}
                  role="option"
                  aria-selected={n === at}
                  tabIndex={-1}
                  className={styles.option}
                  onClick={() => open(choice)}
                  onMouseMove={() => setChosen(n)}
                >
                  <Icon name={choice.icon} />
                  <span className={styles.words}>
                    <span>{choice.text}</span>
                    {choice.detail !== '' && <small>{choice.detail}</small>}
                  </span>
                </div>
              )
            })}
          </div>
        ))}
      </div>
      <p className={`small muted ${styles.foot}`} role="status">
        {found.isError && asked !== ''
          ? sentenceOf(found.error)
          : waiting
            ? t`Searching…`
            : count > 0
              ? plural(count, { one: '# result', other: '# results' })
              : typed.trim() === ''
                ? t`Type a few letters; accents are not needed.`
                : t`Nothing of that name.`}
      </p>
    </>
  )
}

/** What the server has for the words, a moment after they were typed. */
function useFound(slug: string, typed: string) {
  const [asked, setAsked] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed.trim()), TYPED_AFTER_MS)
    return () => clearTimeout(timer)
  }, [typed])
  const found = useQuery({
    queryKey: keys.search(slug, asked),
    queryFn: ({ signal }) =>
      body(
        api.GET('/api/v1/sites/{slug}/search', { params: { path: { slug }, query: { q: asked } }, signal }),
      ),
    enabled: asked !== '',
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  })
  return { asked, found }
}
