import { t } from '@lingui/core/macro'

/** What every Modal needs to be read aloud well: a name for its cross, and no second banner on the page. */
export function dialogParts() {
  return {
    closeButtonProps: { 'aria-label': t`Close` },
    attributes: { header: { role: 'presentation' } },
  }
}
