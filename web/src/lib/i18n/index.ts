/** Language, numbers and dates. Words are written with `t` of `@lingui/core/macro`; here is the rest. */

export { activateLanguage, chooseLanguage, currentLanguage, storedLanguage, type Language } from './language'
export {
  formatAge,
  formatDate,
  formatDateTime,
  formatDuration,
  formatExact,
  formatFixed,
  formatInput,
  formatNumber,
  formatTime,
  formatValue,
  formatWeekday,
  formatWhen,
  parseNumber,
  setZone,
  withUnit,
} from './format'
export {
  forgetResolutions,
  formatMeasured,
  formatReading,
  learnSeries,
  learnValue,
  styleOf,
  type Measured,
} from './resolution'
