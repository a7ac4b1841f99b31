import { t } from '@lingui/core/macro'
import { useMutation } from '@tanstack/react-query'

import { FreshMark } from '@/components/FreshMark'
import type { Camera } from '@/lib/api/types'
import { serverWords } from '@/lib/cameraReasons'
import { formatNumber } from '@/lib/i18n'

import classes from './CameraSide.module.css'
import { diagnose, type Finding } from './diagnosis'
import { urlOf } from './facts'
import { iceServers } from './ice'
import { mediaFetch } from './mediaFetch'
import { canShow } from './support'
import { tryWebrtc } from './trial'

/** Looks at a camera's picture as it comes here, and says what to set better. */
export function CameraDoctor({ camera }: { camera: Camera }) {
  const check = useMutation({
    mutationFn: async () => {
      const trial = await tryWebrtc(urlOf(camera, 'webrtc', 'main'), {
        fetch: mediaFetch,
        iceServers: () => iceServers(mediaFetch),
      })
      return diagnose(camera, trial, location.hostname, canShow)
    },
  })
  return (
    <>
      <h3>{t`Check the picture`}</h3>
      {check.isPending && <p className="small muted">{t`Checking, this takes a few seconds…`}</p>}
      {check.isError && <p role="alert" className="small">{t`The server does not answer. Try again.`}</p>}
      {check.data && (
        <ul className={classes.findings} aria-label={t`What was found`} aria-live="polite">
          {check.data.map((finding) => (
            <li key={finding.about} className="small">
              <FreshMark state={finding.ok ? 'fresh' : 'stale'} />
              <span className="vh">{finding.ok ? t`Fine:` : t`To do:`}</span>
              <span>{findingWords(finding)}</span>
            </li>
          ))}
        </ul>
      )}
      <button type="button" className="btn" disabled={check.isPending} onClick={() => check.mutate()}>
        {check.data ? t`Check again` : t`Check`}
      </button>
    </>
  )
}

/** One sentence; where something is to be done, it says what. */
export function findingWords(finding: Finding): string {
  switch (finding.about) {
    case 'refused': {
      const why = serverWords(finding.code, finding.detail) || t`the server refused`
      return t`The server opens no WebRTC for this camera: ${why}`
    }
    case 'address': {
      const { host, addresses } = finding
      return finding.ok
        ? t`This page was opened at ${host}, the picture comes from ${addresses}.`
        : t`This page was opened at ${host}, but the server knows itself as ${addresses}. Open the page at one of these, or set a TURN server.`
    }
    case 'udp':
      return udpWords(finding)
    case 'codec':
      return codecWords(finding)
    case 'b_frames':
      return finding.has
        ? t`The camera sends B-frames, which WebRTC cannot show. Switch them off or choose the Baseline profile.`
        : t`The camera sends no B-frames.`
    case 'key_frames': {
      const seconds = formatNumber(finding.seconds)
      return finding.ok
        ? t`A key frame comes every ${seconds} s.`
        : t`Key frames come every ${seconds} s: pictures start late and heal late. Set 1 to 2 s.`
    }
    case 'sound':
      return soundWords(finding)
  }
}

function udpWords({ way, addresses }: Finding & { about: 'udp' }): string {
  switch (way) {
    case 'straight':
      return t`WebRTC reaches the server straight, by UDP.`
    case 'relayed':
      return t`WebRTC goes through the TURN server: it works, and costs its line. Open UDP to ${addresses} to do without.`
    case 'none':
      return t`No UDP gets through between this browser and the server (${addresses}). Open UDP there in the firewall, or set a TURN server.`
    case 'none_by_turn':
      return t`No UDP gets through between this browser and the server (${addresses}), nor through the TURN server. Check its address, its secret and its ports.`
  }
}

function codecWords({ codec, shown, sub }: Finding & { about: 'codec' }): string {
  const name = codec.replace('H26', 'H.26')
  if (codec === 'H264') return t`The camera sends H.264, which every browser shows.`
  if (shown) return t`The camera sends ${name}, which this browser shows; others may not.`
  return sub
    ? t`The camera sends ${name}, which this browser cannot show: its sub stream is shown instead.`
    : t`The camera sends ${name}, which this browser cannot show. Set it to H.264, or give the address of a sub stream in H.264.`
}

function soundWords({ codec, heard }: Finding & { about: 'sound' }): string {
  if (heard) return t`Sound comes, as ${codec}.`
  return codec
    ? t`The camera offers sound as ${codec}, which cannot be heard. Set AAC, Opus or G.711.`
    : t`The camera sends no sound. Switch it on in the camera if it has a microphone.`
}
