import type { ReactNode } from 'react'
import type { Me } from '@/lib/api/types'

export function AppFrame({ children }: { me: Me; children: ReactNode }) {
  return <main id="main">{children}</main>
}
