/** The browser tab's title: how many alerts are open, which page, which product. */

import { useEffect } from 'react'

let page = ''
let openAlerts = 0

function write(): void {
  const badge = openAlerts > 0 ? `(${openAlerts}) ` : ''
  document.title = `${badge}${page ? `${page} · ` : ''}Belvedere`
}

export function usePageTitle(title: string): void {
  useEffect(() => {
    page = title
    write()
  }, [title])
}

export function useTitleBadge(count: number): void {
  useEffect(() => {
    openAlerts = count
    write()
  }, [count])
}
