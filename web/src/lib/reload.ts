/** By itself, so that tests can stand in for it. */
export function reloadPage(): void {
  window.location.reload()
}
