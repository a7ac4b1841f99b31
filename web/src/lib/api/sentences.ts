import { t } from '@lingui/core/macro'
import { currentLanguage } from '../i18n'
import { Problem, Unreachable } from './problem'

/** A sentence for people, by the problem's stable code; of an unknown code the server's own words only where they are English like the page. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Unreachable) return t`The server does not answer. Check the network and try again.`
  if (!(error instanceof Problem)) return t`Something went wrong. Try again.`
  const waitSeconds = error.retryAfterSeconds ?? 60
  switch (error.code) {
    case 'bad_credentials':
      return t`E-mail or password is wrong.`
    case 'locked_out':
      return t`Too many wrong passwords or codes. Try again in ${waitSeconds} s.`
    case 'bad_setup_token':
      return t`The set-up code is wrong. Look at the server's console again.`
    case 'already_set_up':
      return t`This server has been set up already. Sign in.`
    case 'not_authenticated':
      return t`Your session has ended. Sign in again.`
    case 'csrf_failed':
      return t`This page is old. Load it again, then try again.`
    case 'weak_password':
      return passwordSentence(error)
    case 'wrong_password':
      return t`The present password is wrong.`
    case 'username_taken':
      return t`Somebody has this user name already.`
    case 'email_taken':
      return t`Somebody has this e-mail address already.`
    case 'already_member':
      return t`This person is a member already.`
    case 'already_invited':
      return t`An invitation for this name is waiting already.`
    case 'too_many_invitations':
      return t`Too many invitations are waiting. Withdraw some first.`
    case 'bad_invitation':
      return t`This invitation no longer works: the code is wrong, or it was used, withdrawn or has expired. Ask for another.`
    case 'bad_reset':
      return t`This link no longer works: it was used, replaced or has expired. Ask the owner for another.`
    case 'member_elsewhere':
      return t`This person also belongs to a site that you do not own, so you cannot reset the password.`
    case 'own_password':
      return t`Change your own password under Account.`
    case 'other_name':
      return t`Type the site's name exactly as it is written.`
    case 'may_not_make_sites':
      return t`On this server only owners of a site may make another one.`
    case 'read_only_token':
      return t`This token may only read.`
    case 'not_a_publisher':
      return t`This camera does not publish: the server connects to it.`
    case 'way_is_fixed':
      return t`A camera that publishes cannot become one that the server connects to, nor the other way round. Add another one.`
    case 'not_a_viewer':
      return t`This person is no viewer any more and sees every camera.`
    case 'unknown_camera':
      return t`One of these cameras was deleted meanwhile. Look at the list again.`
    case 'last_owner':
      return t`A site needs at least one owner.`
    case 'slug_taken':
      return t`Another site has this short name already.`
    case 'zone_exists':
      return t`There is a zone of this name already.`
    case 'zones_changed':
      return t`The zones were changed meanwhile. They are shown as they are now.`
    case 'kind_is_fixed':
      return t`This metric is known by its name, so its kind cannot be changed.`
    case 'device_id_taken':
      return t`A device with this id exists already.`
    case 'forbidden':
      return t`You may not do this.`
    case 'not_found':
      return t`Not found, or you may not view it.`
    case 'not_a_member':
      return t`This person is no member of the site.`
    case 'already_acknowledged':
      return t`Somebody has acknowledged this alert already.`
    case 'already_resolved':
      return t`This alert is over already.`
    case 'conflict':
      return t`Somebody changed this before you. Reload to see the new version.`
    case 'try_again':
    case 'not_stored':
    case 'no_pipeline':
      return t`The server cannot write just now. Try again in a few minutes.`
    case 'not_known_yet':
      return t`The server has it and has not said yet whether it is stored, so it stays here. Send it again in a minute: nothing is stored twice.`
    case 'server_error':
      return t`The server failed. Try again in a few minutes.`
    case 'invalid':
    case 'parse_error':
      return invalidSentence(error)
    case 'too_large':
    case 'head_too_large':
      return t`What was sent is too long.`
    case 'too_slow':
      return t`The network is slow: the request did not arrive in time. Try again.`
    case 'too_many_requests':
      return t`Too many requests. Try again in ${waitSeconds} s.`
    case 'camera_id_taken':
      return t`A camera with this id exists already.`
    case 'publisher_id':
      return t`The id of a camera that publishes itself begins with camera_.`
    case 'publishes':
      return t`A camera that publishes itself has no address, user name or password here.`
    case 'other_server':
      return t`The sub stream must be on the same server as the main stream: the same host and port, and rtsp:// or rtsps:// as there.`
    case 'masked_credential':
      return t`Write the log-in in the address again: *** stands only for what is stored for the same server.`
    case 'bad_origin':
    case 'unknown_host':
      return t`The server does not accept the address under which this page was opened. Open it by another, or ask the administrator to allow this one.`
    case 'bad_token':
      return t`This access token is not known, has expired or was revoked.`
    case 'method_not_allowed':
    case 'not_acceptable':
    case 'unsupported_media_type':
      return t`This page and the server are of different versions. Load the page again.`
    default:
      return ownWords(error.detail) || unknownCode(error.code)
  }
}

/** What is wrong with the first of these fields that was refused; undefined where none was. */
export function fieldSentence(error: unknown, ...fields: readonly string[]): string | undefined {
  if (!(error instanceof Problem)) return undefined
  const field = fields.find((each) => error.errors[each] !== undefined)
  if (field === undefined) return undefined
  const { status, code, detail, errors } = error
  return sentenceOf(new Problem(status, { code, detail, errors: { [field]: errors[field] ?? [] } }))
}

/** By the first field that was refused; its own words are English where the server made them up itself. */
function invalidSentence({ errors, detail }: Problem): string {
  const [field = '', words = []] = Object.entries(errors)[0] ?? []
  switch (field) {
    case 'username':
      return t`User name: letters, digits and . _ + - only, no @, letters of one script.`
    case 'email':
      return t`That is not an e-mail address; one looks like hanh@example.com.`
    case 'password':
      return passwordSentence({ errors })
    default:
      return ownWords(words[0] ?? detail) || t`Something was filled in wrong. Check it and try again.`
  }
}

const LETTER_OF_VIETNAMESE = /[àáâãèéêìíòóôõùúýăđĩũơưạ-ỹ]/iu

/** Why it is weak: the framework says some of the reasons in Vietnamese and some only in English. */
function passwordSentence({ errors }: Pick<Problem, 'errors'>): string {
  const reason = errors.password?.find((words) => ownWords(words) || LETTER_OF_VIETNAMESE.test(words))
  return reason ?? t`This password is easy to guess. Choose another.`
}

/** What the server says, to those who read the language it says it in. */
function ownWords(text: string): string {
  return currentLanguage() === 'en' ? text : ''
}

function unknownCode(code: string): string {
  return t`The server did not accept this. Code: ${code}`
}
