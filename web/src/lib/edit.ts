/** An edit that never overwrites another person's: what it says where somebody was faster, and how it goes on. */

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'

import { Problem } from '@/lib/api/problem'

interface Edit<Row, Change> {
  row: Row & { version?: number }
  /** Writes the change on top of this version; If-Match is its tag. */
  write: (change: Change, tag: string) => Promise<unknown>
  /** The row as the server has it now. */
  reread: () => Promise<Row & { version?: number }>
  onSaved: (change: Change) => void | Promise<void>
}

export interface EditState<Row, Change> {
  save: (change: Change) => void
  pending: boolean
  /** Another failure than a conflict. */
  error: Error | null
  /** What stands on the server, where another person was faster. */
  theirs: Row | null
  /** Writes the change over theirs. */
  keepMine: (change: Change) => void
  /** The conflict is over: theirs was taken. */
  forget: () => void
}

export function useEdit<Row, Change>(edit: Edit<Row, Change>): EditState<Row, Change> {
  const [base, setBase] = useState(edit.row)
  const [theirs, setTheirs] = useState<(Row & { version?: number }) | null>(null)
  const mutation = useMutation({
    mutationFn: ({ change, on }: { change: Change; on: { version?: number } }) =>
      edit.write(change, `"${on.version ?? 1}"`),
    onSuccess: async (_, { change }) => {
      setTheirs(null)
      await edit.onSaved(change)
    },
    onError: async (error) => {
      if (isConflict(error)) setTheirs(await edit.reread())
    },
  })
  const conflict = mutation.error !== null && isConflict(mutation.error)
  return {
    save: (change) => mutation.mutate({ change, on: theirs ?? base }),
    pending: mutation.isPending,
    error: conflict ? null : mutation.error,
    theirs: conflict ? theirs : null,
    keepMine: (change) => theirs && mutation.mutate({ change, on: theirs }),
    forget: () => {
      if (theirs) setBase(theirs)
      setTheirs(null)
      mutation.reset()
    },
  }
}

export function isConflict(error: Error): boolean {
  return error instanceof Problem && error.status === 412
}
