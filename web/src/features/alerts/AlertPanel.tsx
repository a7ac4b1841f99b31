export function AlertPanel() {
  return null
}
