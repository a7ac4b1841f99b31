/** Why a camera cannot be watched, on the cameras' pages and in their alerts. */

import { t } from '@lingui/core/macro'
import { currentLanguage } from './i18n'

/** What the media server says by code, in this language; of an unknown code the server's own sentence only where it is English like the page. */
export function serverWords(code: string, sentence: string): string {
  switch (code) {
    case 'name_unknown':
      return t`the camera's host name cannot be found`
    case 'connection_refused':
      return t`the camera refuses the connection: is RTSP on, is the port right`
    case 'unreachable':
      return t`the camera cannot be reached: check its network and power`
    case 'no_answer':
      return t`the camera does not answer: check its network and power`
    case 'bad_login':
      return t`the camera refuses the user name or password`
    case 'login_wanted':
      return t`the camera asks for a user name and a password`
    case 'login_unknown':
      return t`the camera asks for a kind of log-in that is not supported: choose Digest in its settings`
    case 'access_denied':
      return t`the camera denies access: check the rights of this user, and whether it lets this server in`
    case 'no_stream':
      return t`the camera has no such stream`
    case 'bad_answer': {
      const status = /RTSP (\d{3})/.exec(sentence)?.[1]
      return status
        ? t`the camera answers something that is not understood (RTSP ${status})`
        : t`the camera answers something that is not understood`
    }
    case 'udp_only':
      return t`the camera does not send over TCP: switch RTSP over TCP on in its settings`
    case 'camera_full':
      return t`the camera serves as many viewers as it can: close another program that watches it`
    case 'camera_not_ready':
      return t`the camera answers that it is not ready: it may be asleep or just starting`
    case 'slow':
      return t`the camera takes long to send its first picture`
    case 'no_picture':
      return t`the camera sends data that no picture can be made of: choose another profile or codec`
    case 'no_video':
      return t`the camera offers no video`
    case 'no_key_frame':
      return t`the camera sends no key frames; set one every 1 to 2 s`
    case 'bad_video':
      return t`the camera's video cannot be read: choose another profile or resolution`
    case 'over_limit':
      return t`the camera sends too much; it was cut off so that it does not hold up the others`
    case 'connection_cut':
      return t`the camera closed the connection`
    case 'silent':
      return t`the camera stopped sending`
    case 'tls_failed':
      return t`the encrypted connection to the camera failed`
    case 'bad_redirect':
      return t`the camera sends the server on to something that is no RTSP address`
    case 'redirect_login':
      return t`the camera sends the server on to another one, which asks for a log-in; the password was not sent there. Enter that server's address instead.`
    case 'forbidden_address':
      return t`the camera's address is not allowed`
    case 'camera_offline':
      return t`the camera is not there`
    case 'camera_connecting':
      return t`the camera has just been connected, its picture is on the way`
    case 'h265':
      return t`the camera sends H.265, which this browser cannot show. Watch its substream instead, set to H.264.`
    case 'h265_some':
      return t`Some browsers cannot show this camera's H.265. Set its substream to H.264 for them.`
    case 'no_h264':
      return t`the camera does not send H.264, so browsers cannot show it. Set its substream to H.264.`
    case 'b_frames':
      return t`the camera sends B-frames, which WebRTC cannot show. Switch them off or choose the Baseline profile.`
    case 'offer_without_h264':
      return t`this browser has no H.264`
    case 'too_many_viewers':
      return t`too many people watch this camera`
    case 'too_many_of_yours':
      return t`this account or address has as many pictures open as it may`
    case 'too_many_redirects':
      return t`the camera sends the server from one address to the next without end`
    case 'not_published':
      return t`nobody publishes its picture just now`
    case 'needs_mediamtx':
      return t`it publishes its picture itself, which takes a MediaMTX of this server's own: start it with --media-server mediamtx`
    case 'needs_own_mediamtx':
      return t`it publishes its picture itself, which only a MediaMTX of this server's own takes: add it by its RTSP address instead`
    case 'server_has_none':
      return t`MediaMTX gets no picture from the camera; its log says why`
    case 'only_server_has_none':
      return t`Belvedere reaches the camera, but MediaMTX gets no picture from it: let Belvedere connect to it`
    case 'switched_off':
      return t`the camera is switched off`
    case 'secret_unreadable':
      return t`the stored camera password cannot be read: enter it again`
    case 'not_found':
      return t`there is no such camera, or it is switched off`
    case 'no_sub':
      return t`the camera has no sub stream`
    case 'sub_instead':
      return t`Where the main stream cannot be shown, the sub stream is shown.`
    case 'sub_unfit':
      return t`The sub stream cannot be shown everywhere either: set it to H.264 without B-frames.`
    case 'no_converter':
      return t`this server has no ffmpeg to make a smaller picture with: install it there, and start Belvedere anew`
    case 'converters_busy':
      return t`this server makes as many smaller pictures as it has processor cores: give some cameras their own sub stream`
    case 'converter_failed':
      return t`the smaller picture cannot be made of the camera's video`
    case 'main_away':
      return t`the main stream, of which the smaller picture is made, does not come`
    case 'no_session':
    case 'no_file':
      return t`the picture was interrupted, it is asked for again`
    case 'bad_offer':
      return t`the server did not understand this browser's request for video`
    case 'media_server_down':
      return t`the server's media part is restarting`
    case 'key_frames': {
      const seconds = /[\d.]+/.exec(sentence)?.[0] ?? ''
      return t`Key frames come every ${seconds} s: pictures start late and heal late. Set 1 to 2 s.`
    }
    default:
      return currentLanguage() === 'en' ? sentence : ''
  }
}
