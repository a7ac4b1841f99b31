export function AlertStrip() {
  return null
}
