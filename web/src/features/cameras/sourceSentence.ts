import { t } from '@lingui/core/macro'

import type { Problem } from '@/lib/api/problem'

/** Why an address is refused, by the stable code of the server's rules. */
export function sourceSentence({ code, parameters }: Problem): string | null {
  switch (code) {
    case 'bad_character': {
      const character = String(parameters.character)
      const escape = `%${character.charCodeAt(0).toString(16).toUpperCase()}`
      return character === ' '
        ? t`The address contains a space: write it as ${escape}.`
        : t`The address contains the character ${character}: write it as ${escape}.`
    }
    case 'bad_scheme':
      return t`The address must start with rtsp:// or rtsps://.`
    case 'bad_url':
      return t`The address is unclear: check the host, and write @ : / in the password as %40 %3A %2F.`
    case 'bad_port':
      return t`The port must be a number from 1 to 65535.`
    case 'control_character':
      return t`The address contains a line break or a control character.`
    case 'dollar_sign':
      return t`Write $ in the address as %24.`
    case 'too_long':
      return t`The address is longer than 2,048 characters.`
    case 'forbidden_address':
      return t`This address leads to the server itself or a special network. An administrator can allow it with BELVEDERE_CAMERA_ALLOW.`
    case 'own_address':
      return t`This is this server's own video address.`
    case 'other_server':
      return t`The sub stream must be on the same server as the main stream: the same host and port, and rtsp:// or rtsps:// as there.`
    case 'masked_credential':
      return t`Write the log-in in the address again: *** stands only for what is stored for the same server.`
    default:
      return null
  }
}
