/** Language, numbers and dates. Words are written with `t` of `@lingui/core/macro`; here is the rest. */

export {
  activateLanguage,
  chooseLanguage,
  currentLanguage,
  firstLanguage,
  loadLaterTexts,
  offerLanguage,
  storedLanguage,
  useLanguage,
  type Language,
} from './language'
export {
  decimalsIn,
  formatAge,
  formatDate,
  formatDateTime,
  formatDuration,
  formatExact,
  formatFixed,
  formatInput,
  formatNumber,
  formatPower,
  formatTime,
  formatValue,
  formatWeekday,
  formatWhen,
  parseNumber,
  setZone,
  withUnit,
} from './format'
export { fromClockText, fromDayText, fromMomentText, momentOf, toDayText, toMomentText } from './zoned'
export {
  forgetResolutions,
  formatMeasured,
  formatReading,
  learnSeries,
  learnValue,
  styleOf,
  type Measured,
} from './resolution'
