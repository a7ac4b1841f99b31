/** What a person may say of a camera, as the fields of its dialog hold it. */

import { t } from '@lingui/core/macro'

import type { Difference } from '@/components/EditParts'
import type { Camera } from '@/lib/api/types'
import { slugOf } from '@/lib/slug'

/** Who connects to whom. */
export type Way = Camera['source']['way']

export interface CameraDraft {
  name: string
  way: Way
  url: string
  subUrl: string
  /** The server makes the smaller picture, where there is no address of one. */
  makeSub: boolean
  username: string
  /** '' keeps the present one. */
  password: string
  zone: string | null
}

export function draftOf(camera: Partial<Camera> = {}): CameraDraft {
  const { name = '', source, zone = null } = camera
  return {
    name,
    way: source?.way ?? 'pull',
    url: source?.url ?? '',
    subUrl: source?.sub_url ?? '',
    makeSub: source?.make_sub ?? false,
    username: source?.username ?? '',
    password: '',
    zone: zone === null || typeof zone === 'string' ? zone : zone.name,
  }
}

/** The id of a new camera. It is the path of one that publishes, which begins so. */
export function idOf({ name, way }: CameraDraft): string {
  return way === 'push' ? `camera_${slugOf(name)}` : slugOf(name)
}

/** As the API takes it; without a password where the present one stays. */
export function changeOf(draft: CameraDraft, keepsPassword: boolean) {
  const address = {
    url: draft.url.trim(),
    sub_url: draft.subUrl.trim(),
    make_sub: draft.makeSub,
    username: draft.username,
    ...(keepsPassword ? {} : { password: draft.password }),
  }
  const source = { way: draft.way, ...(draft.way === 'push' ? {} : address) }
  return { name: draft.name.trim(), zone: draft.zone, source }
}

/** The fields in which two drafts differ, in words. */
export function differencesOf(theirs: CameraDraft, mine: CameraDraft): Difference[] {
  const rows = [
    { field: t`Name`, theirs: theirs.name, mine: mine.name },
    { field: t`RTSP address`, theirs: theirs.url, mine: mine.url },
    { field: t`Sub stream address (optional)`, theirs: theirs.subUrl, mine: mine.subUrl },
    { field: t`Smaller picture`, theirs: madeWords(theirs), mine: madeWords(mine) },
    { field: t`Camera user name`, theirs: theirs.username, mine: mine.username },
    { field: t`Place`, theirs: theirs.zone ?? t`not placed`, mine: mine.zone ?? t`not placed` },
  ]
  return rows.filter((row) => row.theirs !== row.mine)
}

function madeWords({ makeSub }: CameraDraft): string {
  return makeSub ? t`made here` : t`not made`
}
