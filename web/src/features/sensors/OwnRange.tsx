import { t } from '@lingui/core/macro'
import { useId, useState, type SyntheticEvent } from 'react'
import { Popover } from '@mantine/core'

import { fitRange } from '@/components/chart/zoom'
import type { Range } from '@/components/chart/history'
import { MomentField } from '@/components/MomentField'
import { fromMomentText, toMomentText } from '@/lib/i18n'
import { serverNow } from '@/lib/live/clock'
import { useSite } from '@/lib/site'

import classes from './SensorPage.module.css'

interface Props {
  range: Range
  /** Whether the range is a person's own. */
  own: boolean
  onChoose: (range: Range) => void
}

/** Two moments in the site's time zone. */
export function OwnRange({ range, own, onChoose }: Props) {
  const [open, setOpen] = useState(false)
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" trapFocus returnFocus>
      <Popover.Target>
        <button
          type="button"
          className="btn"
          aria-expanded={open}
          aria-pressed={own}
          onClick={() => setOpen(!open)}
        >
          {t`Own range`}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <Fields
          range={range}
          onChoose={(chosen) => {
            setOpen(false)
            onChoose(chosen)
          }}
        />
      </Popover.Dropdown>
    </Popover>
  )
}

type Wrong = 'form' | 'order' | 'future'

function wrongWords(wrong: Wrong): string {
  switch (wrong) {
    case 'form':
      return t`A moment is written 23/11/2025 14:32.`
    case 'order':
      return t`The end must be after the beginning.`
    case 'future':
      return t`The beginning lies in the future.`
  }
}

function Fields({ range, onChoose }: { range: Range; onChoose: (range: Range) => void }) {
  const { timezone } = useSite()
  const [from, setFrom] = useState(() => toMomentText(range.from, timezone))
  const [to, setTo] = useState(() => toMomentText(range.to, timezone))
  const [wrong, setWrong] = useState<Wrong | null>(null)
  const id = useId()
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    const [fromMs, toMs] = [fromMomentText(from, timezone), fromMomentText(to, timezone)]
    if (fromMs === null || toMs === null) setWrong('form')
    else if (fromMs >= toMs) setWrong('order')
    else if (fromMs >= serverNow()) setWrong('future')
    else onChoose(fitRange({ from: fromMs, to: Math.min(toMs, serverNow()) }, serverNow()))
  }
  return (
    <form className={classes.own} onSubmit={submit} noValidate>
      <label htmlFor={`${id}from`}>{t({ message: 'From', context: 'moment' })}</label>
      <MomentField
        id={`${id}from`}
        value={from}
        wrong={wrong !== null && fromMomentText(from, timezone) === null}
        describedBy={`${id}wrong`}
        onChange={setFrom}
      />
      <label htmlFor={`${id}to`}>{t({ message: 'To', context: 'moment' })}</label>
      <MomentField
        id={`${id}to`}
        value={to}
        wrong={wrong !== null && fromMomentText(from, timezone) !== null}
        describedBy={`${id}wrong`}
        onChange={setTo}
      />
      {wrong && (
        <p id={`${id}wrong`} role="alert" className={classes.wrong}>
          {wrongWords(wrong)}
        </p>
      )}
      <p className="small muted">{t`Time zone of the site: ${timezone}`}</p>
      <button type="submit" className="btn primary">{t`Show`}</button>
    </form>
  )
}
