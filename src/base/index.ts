export {
  concatBytes,
  decodeBase64,
  decodeBase64Url,
  decodeHex,
  decodeUtf8,
  decodeUtf8Strict,
  encodeBase64,
  encodeBase64Url,
  encodeHex,
  equalBytes,
  utf8,
} from './bytes.ts';
export { canonicalBytes, canonicalJson, type JsonValue } from './canonical-json.ts';
export {
  CATALOGUE,
  EntenteError,
  type ErrorCode,
  type ErrorContext,
  type Issue,
  isEntenteError,
} from './errors.ts';
export {
  EXERCISE_MARK,
  EXERCISE_STYLE,
  exerciseBanner,
  exerciseName,
  isExercise,
  watermarkOf,
} from './exercise.ts';
export { escapeHtml, Html, html } from './html.ts';
export { isId, isUuid, newId } from './ids.ts';
export {
  type JsonElement,
  JsonElementSplitter,
  type JsonElementsOptions,
  type JsonMember,
  type JsonPiece,
  parseJsonPiece,
  repeatsMember,
  splitJsonElements,
  streamJsonElements,
} from './json-elements.ts';
export * from './limits.ts';
export {
  type Clock,
  compareTimestamps,
  formatDate,
  formatMicros,
  isTimestamp,
  isTimeZone,
  parseTimestamp,
  timestampNs,
} from './time.ts';
