import { t } from '@lingui/core/macro'
import { useMediaQuery } from '@mantine/hooks'
import { useVirtualizer, useWindowVirtualizer, type Range } from '@tanstack/react-virtual'
import { memo, useCallback, useLayoutEffect, useMemo, useState } from 'react'
import { useLanguage } from '@/lib/i18n'
import { AlertRows, type AlertListProps, type AlertRowsProps } from './AlertRows'
import { rangeWith, type Windowed } from './rowScroll'
import styles from './AlertList.module.css'

/** Below this the page scrolls and not the list. */
const PAGE_SCROLLS = '(max-width: 1179px)'
/** Of a row whose height is not known yet. */
const ROW_PX = 92
/** Rows drawn beyond the edges, so that quick scrolling shows none that is missing. */
const BEYOND = 8

/**
 * Alerts as a log, of which only the rows in view are in the document. New ones enter at the top where somebody looks at the
 * top; else the list stays where it is and says how many are new.
 */
export const AlertList = memo(function AlertList(props: AlertListProps) {
  useLanguage() // the same alerts read otherwise in another language
  const pageScrolls = useMediaQuery(PAGE_SCROLLS, undefined, { getInitialValueInEffect: false })
  // Known to the rows only after the first drawing: their effects run before this box is there.
  const [box, setBox] = useState<HTMLDivElement | null>(null)
  const [activeId, setActiveId] = useState<number | null>(props.returned?.id ?? null)
  const Rows = pageScrolls ? RowsOfPage : RowsOfBox
  return (
    // News are told by the announcer: rows that come into view by scrolling are none.
    <div className={styles.log} ref={setBox} role="log" aria-live="off" aria-label={t`List of alerts`}>
      <Rows {...props} box={box} activeId={activeId} onActive={setActiveId} />
    </div>
  )
})

type Of = AlertListProps & Omit<AlertRowsProps, 'virtualizer' | 'tabStop'> & { box: HTMLDivElement | null }

function RowsOfBox({ box, ...props }: Of) {
  const { tabStop, options } = useOptions(props)
  // eslint-disable-next-line react-hooks/incompatible-library -- there is no compiler here that would memoise it
  const virtualizer: Windowed = useVirtualizer<HTMLDivElement, HTMLLIElement>({
    ...options,
    getScrollElement: () => box,
  })
  return <AlertRows {...props} virtualizer={virtualizer} tabStop={tabStop} />
}

function RowsOfPage({ box, ...props }: Of) {
  const { tabStop, options } = useOptions(props)
  const [scrollMargin, setScrollMargin] = useState(0)
  useLayoutEffect(() => {
    const top = box?.getBoundingClientRect().top ?? 0
    // eslint-disable-next-line react-hooks/set-state-in-effect -- where the list begins is known once it is laid out
    setScrollMargin(Math.round(top + window.scrollY))
  }, [box, props.alerts])
  const virtualizer: Windowed = useWindowVirtualizer<HTMLLIElement>({ ...options, scrollMargin })
  return <AlertRows {...props} virtualizer={virtualizer} tabStop={tabStop} />
}

/** One row at a time is reached by Tab: the one that had the focus last, else the opened one, else the first. */
function useOptions({ alerts, currentId, activeId }: Pick<Of, 'alerts' | 'currentId' | 'activeId'>) {
  const places = useMemo(() => new Map(alerts.map(({ id }, index) => [id, index])), [alerts])
  const tabStop = places.get(activeId ?? -1) ?? places.get(currentId ?? -1) ?? 0
  const getItemKey = useCallback((index: number) => alerts[index]?.id ?? index, [alerts])
  const rangeExtractor = useCallback((range: Range) => rangeWith(range, tabStop), [tabStop])
  const options = {
    count: alerts.length,
    estimateSize: () => ROW_PX,
    overscan: BEYOND,
    getItemKey,
    rangeExtractor,
    useFlushSync: false,
  }
  return { tabStop, options }
}
