import { memo, useId } from 'react'
import { SensorCard } from './SensorCard'
import type { ZoneView } from './zones'
import styles from './ZoneSection.module.css'

/** Drawn again when its cards change places, not with each alert. */
export const ZoneSection = memo(function ZoneSection({
  name,
  note,
  cards,
}: Pick<ZoneView, 'name' | 'note' | 'cards'>) {
  const heading = useId()
  return (
    <section className={styles.zone} aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{name}</h2>
        {note && <span className="small muted">{note}</span>}
      </header>
      <div className={styles.cards}>
        {cards.map((card) => (
          <SensorCard key={card.series.id} card={card} />
        ))}
      </div>
    </section>
  )
})
