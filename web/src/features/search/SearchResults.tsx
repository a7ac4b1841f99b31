import { plural, t } from '@lingui/core/macro'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useState } from 'react'
import { useNavigate } from 'react-router'
import { Icon } from '@/components/Icon'
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

/** What the keys have asked of the list so far. steps: down from the first choice, or up. entered: open the chosen one. */
export interface Asked {
  typed: string
  steps: number
  entered: boolean
}

interface Props {
  /** Of the list in the page. */
  id: string
  asked: Asked
  /** The mouse is over the nth choice. */
  onPoint: (n: number) => void
  /** The id of the chosen option changed. */
  onActive: (option: string | null) => void
  onClose: () => void
}

/** The list below the field, and what is to be said of it. */
export default function SearchResults({
  id,
  asked: { typed, steps, entered },
  onPoint,
  onActive,
  onClose,
}: Props) {
  const { slug } = useSite()
  const owner = useCan('owner')
  const navigate = useNavigate()
  const { asked, found } = useFound(slug, typed)
  const groups = groupsOf(typed, asked === '' ? [] : (found.data ?? []), recentHits(slug), owner)
  const choices = groups.flatMap((group) => group.choices)
  const count = choices.length
  const at = count === 0 ? 0 : ((steps % count) + count) % count
  const active = count === 0 ? null : `${id}-${at}`
  const waiting = typed.trim() !== '' && (found.isFetching || asked !== typed.trim())

  const open = (choice: Choice | undefined) => {
    if (!choice) return
    if (choice.hit) rememberHit(slug, choice.hit)
    onClose()
    void Promise.resolve(navigate(`/s/${slug}${choice.path}`)).then(() => setTimeout(focusPage))
  }
  // Enter means what was typed, not what an earlier answer has for half of it.
  const openChosen = useEffectEvent(() => open(choices[at]))
  const ready = entered && !waiting
  useEffect(() => {
    if (ready) openChosen()
  }, [ready])
  useEffect(() => {
    onActive(active)
    if (active !== null) document.getElementById(active)?.scrollIntoView({ block: 'nearest' })
  }, [active, onActive])

  return (
    <>
      <div className={styles.list} id={id} role="listbox" aria-label={t`Found`} aria-busy={waiting}>
        {groups.map((group) => (
          <div key={group.text} role="group" aria-label={group.text}>
            <div className={styles.group} aria-hidden="true">
              {group.text}
            </div>
            {group.choices.map((choice) => {
              const n = choices.indexOf(choice)
              return (
                <Option
                  key={choice.key}
                  id={`${id}-${n}`}
                  choice={choice}
                  chosen={n === at}
                  onOpen={() => open(choice)}
                  onPoint={() => onPoint(n)}
                />
              )
            })}
          </div>
        ))}
      </div>
      <p className={`small muted ${styles.foot}`} role="status">
        {found.isError && asked !== '' ? sentenceOf(found.error) : foundWords(typed, waiting, count)}
      </p>
    </>
  )
}

interface OptionProps {
  id: string
  choice: Choice
  chosen: boolean
  onOpen: () => void
  onPoint: () => void
}

function Option({ id, choice, chosen, onOpen, onPoint }: OptionProps) {
  return (
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the field has the focus and takes the keys
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      tabIndex={-1}
      className={styles.option}
      onClick={onOpen}
      onMouseMove={onPoint}
    >
      <Icon name={choice.icon} />
      <span className={styles.words}>
        <span>{choice.text}</span>
        {choice.detail !== '' && <small>{choice.detail}</small>}
      </span>
    </div>
  )
}

function foundWords(typed: string, waiting: boolean, count: number): string {
  if (waiting) return t`Searching…`
  if (count > 0) return plural(count, { one: '# result', other: '# results' })
  if (typed.trim() === '') return t`Type a few letters; accents are not needed.`
  return t`Nothing of that name.`
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
