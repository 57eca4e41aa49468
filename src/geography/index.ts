export {
  COUNTRIES,
  type CountryCode,
  centreOf,
  countryName,
  countryOfHost,
  isCountry,
  readCountryCode,
} from './countries.ts';
export { type Mmdb, type MmdbValue, openMmdb } from './mmdb.ts';
export {
  type Candidate,
  CONFIDENCE,
  countryOf,
  type GeoSource,
  type Ground,
  type Network,
  type Placement,
  type PlaceQuestion,
  place,
  REASONS,
  type Reason,
} from './placement.ts';
export { type SpecialUse, specialUse } from './special.ts';
