import type { ReactNode } from 'react'
import { Mark } from '@/components/Mark'
import { chooseLanguage, currentLanguage } from '@/lib/i18n'
import styles from './auth.module.css'

/** One centred column; on top the mark, and the other language for who cannot read this one. */
export function AuthPage({ children }: { children: ReactNode }) {
  const other = currentLanguage() === 'vi' ? 'en' : 'vi'
  return (
    <main className={styles.page}>
      <div className={styles.column}>
        <div className={styles.top}>
          <div className={styles.mark}>
            <Mark size={40} />
            <b>Belvedere</b>
          </div>
          <button type="button" className="btn quiet" lang={other} onClick={() => void chooseLanguage(other)}>
            {other === 'en' ? 'English' : 'Tiếng Việt'}
          </button>
        </div>
        <div className={`panel ${styles.card}`}>{children}</div>
      </div>
    </main>
  )
}
