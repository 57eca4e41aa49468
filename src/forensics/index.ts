export {
  type Event,
  type EventInit,
  type EventTime,
  encodeEvent,
  type Fields,
  type FieldValue,
  formatEventTime,
  plainEvent,
  type Scalar,
  type TimePrecision,
  type TimeZoneBasis,
} from './event.ts';
export { FORMATS, recogniseFormat } from './formats.ts';
export {
  type ByteRange,
  type ByteReader,
  type Companions,
  type Confidence,
  type CsvMapping,
  type EventSink,
  type FormatParser,
  HEAD_BYTES,
  memoryReader,
  type ParserAccount,
  type ParserIssue,
  type ParserOptions,
} from './parser.ts';
export { writtenTime } from './time-text.ts';
