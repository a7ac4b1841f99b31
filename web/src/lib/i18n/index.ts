/** Language, numbers and dates. Words are written with `t` of `@lingui/core/macro`; here is the rest. */

export { activateLanguage, chooseLanguage, currentLanguage, storedLanguage, type Language } from './language'
export {
  formatAge,
  formatDate,
  formatDateTime,
  formatDuration,
  formatNumber,
  formatTime,
  formatValue,
  formatWeekday,
  formatWhen,
  setZone,
} from './format'
