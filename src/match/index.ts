export { detectEncoding, type Encoding } from './encodings.ts';
export {
  CONTEXT_BYTES,
  compareMatches,
  type Engine,
  type Match,
} from './engine.ts';
export { canonicalHost } from './host.ts';
export { type BuiltIndex, buildIndex, type Entry, IndexBuilder } from './index-builder.ts';
export { INDEX_VERSION, type Index, openIndex, verifyIndexDigest } from './index-format.ts';
export { mappedIpv4, maskAddress, parseIpv4, parseIpv6 } from './ip.ts';
export { openKernelEngine, openSharedIndex, type SharedIndex, shareIndex } from './kernel.ts';
export { INDICATOR_BYTES_MAX, isKind, KINDS, type Kind, LITERAL_BYTES_MIN } from './kinds.ts';
export { confirmHit, isRefused, type Normalised, normaliseIndicator, type Refused } from './normalise.ts';
export {
  isServed,
  mergeObservables,
  ObservableBuilder,
  type Observables,
  openObservableEngine,
  openObservables,
  type RetroHit,
  retroMatch,
} from './observables.ts';
export { openEngine } from './open-engine.ts';
export { recogniseKind } from './recognise.ts';
export { openReferenceEngine } from './reference.ts';
export { type Hit, openScan, type Scan, type ScanOptions, scan } from './scanner.ts';
