/** The rows with one of them at another place. Pure. */
export function moved<T>(rows: readonly T[], from: number, to: number): T[] {
  const order = [...rows]
  order.splice(to, 0, ...order.splice(from, 1))
  return order
}
