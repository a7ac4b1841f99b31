import { useId } from 'react'
import { SensorCard } from './SensorCard'
import type { ZoneView } from './zones'
import styles from './ZoneSection.module.css'

export function ZoneSection({ zone }: { zone: ZoneView }) {
  const heading = useId()
  return (
    <section className={styles.zone} aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{zone.name}</h2>
        {zone.note && <span className="small muted">{zone.note}</span>}
      </header>
      <div className={styles.cards}>
        {zone.cards.map((card) => (
          <SensorCard key={card.series.id} card={card} />
        ))}
      </div>
    </section>
  )
}
