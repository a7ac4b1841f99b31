import { vi } from 'vitest'

/** `vi.waitFor` with a limit for a loaded machine: by itself it gives up after a second. */
export function waitFor<T>(holds: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(holds, { timeout: 20_000 })
}
