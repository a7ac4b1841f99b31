/** One player a camera for as long as the page stands, so that a tile and the side panel speak of the same stream. */

import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore, type RefObject } from 'react'

import type { Camera } from '@/lib/api/types'
import { serverNow } from '@/lib/live/clock'
import { keys } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { reportVideo } from '@/lib/video'

import { factsOf, urlOf } from './facts'
import { iceServers } from './ice'
import { mediaFetch } from './mediaFetch'
import { Player, type PlayerView } from './player'
import { reasonWords } from './words'

export type PlayerOf = (camera: Camera) => Player

export function usePlayers(): PlayerOf {
  const { slug } = useSite()
  const client = useQueryClient()
  const [players] = useState(() => new Map<string, { player: Player; record: { current: Camera } }>())
  return useCallback(
    (camera) => {
      const known = players.get(camera.id)
      if (known) {
        known.record.current = camera
        return known.player
      }
      const record = { current: camera }
      const player = new Player({
        urlOf: (transport, source) => urlOf(record.current, transport, source),
        askCamera: () => void client.invalidateQueries({ queryKey: keys.cameras(slug) }),
        fetch: mediaFetch,
        iceServers: () => iceServers(mediaFetch),
        now: serverNow,
        serverNow,
      })
      players.set(camera.id, { player, record })
      return player
    },
    [players, client, slug],
  )
}

export function usePlayerView(player: Player): PlayerView {
  return useSyncExternalStore(player.subscribe, player.snapshot)
}

interface Playing {
  camera: Camera
  player: Player
  video: RefObject<HTMLVideoElement | null>
  /** The tile is on the screen and within the nine. */
  active: boolean
  /** Shown large: the main stream, else the sub stream where there is one. */
  large: boolean
}

/** Ties a player to a <video>: plays while it can be seen, tells the overview's lane what it measures. */
export function usePlaying({ camera, player, video, active, large }: Playing): PlayerView {
  const view = usePlayerView(player)
  const facts = useMemo(() => factsOf(camera), [camera])
  const shown = usePageShown()

  useEffect(() => player.setCamera(facts), [player, facts])
  useEffect(() => player.want(large ? 'main' : 'sub'), [player, large])
  useEffect(() => {
    player.attach(video.current)
    return () => player.attach(null)
  }, [player, video])
  useEffect(() => {
    if (active && shown && camera.enabled) player.play()
    else player.rest()
  }, [player, active, shown, camera.enabled])

  const { phase, down } = view.state
  const { latencyMs } = view
  const transport = 'transport' in phase ? phase.transport : 'webrtc'
  const on = phase.name === 'live' ? (down ? 'down' : 'live') : 'off'
  const reason = down ? reasonWords(down) : undefined
  useEffect(() => {
    reportVideo(camera.id, { transport, latencyMs, state: on, ...(reason ? { reason } : {}) })
  }, [camera.id, transport, latencyMs, on, reason])
  useEffect(() => () => reportVideo(camera.id, null), [camera.id])
  return view
}

function usePageShown(): boolean {
  return useSyncExternalStore(
    (listener) => {
      document.addEventListener('visibilitychange', listener)
      return () => document.removeEventListener('visibilitychange', listener)
    },
    () => !document.hidden,
  )
}
