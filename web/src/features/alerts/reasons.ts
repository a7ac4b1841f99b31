import { t } from '@lingui/core/macro'

/** Why an alert ended without a person and without its value coming back, by what the server notes in the log. */
export function reasonWords(text: string): string {
  switch (text) {
    case 'Outside the schedule of the rule.':
      return t`it is outside the schedule of its rule now`
    case 'The rule was switched off.':
      return t`its rule was switched off`
    case 'The rule was deleted.':
      return t`its rule was deleted`
    case 'The rule looks elsewhere now.':
      return t`its rule watches something else now`
    case 'The device was deleted.':
      return t`its device was deleted`
    case 'The device was retired.':
      return t`its device was retired`
    default:
      return ''
  }
}
