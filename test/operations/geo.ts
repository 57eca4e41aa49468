import { type GeoSource, openMmdb } from '../../src/geography/index.ts';
import { writeMmdb } from '../geography/mmdb-writer.ts';

/** Databases for tests: 11.0/16 is French, 11.1/16 German, 11.2/16 disputed. */
export const GEO: readonly GeoSource[] = (
  [
    ['geolocation', { '11.0.0.0/16': 'FR', '11.1.0.0/16': 'DE', '11.2.0.0/16': 'ES', '11.3.0.0/16': 'YU' }],
    ['asn', { '11.0.0.0/16': 'FR', '11.1.0.0/16': 'DE', '11.2.0.0/16': 'FR' }],
  ] as const
).map(([reason, countries]) => ({
  reason,
  name: `${reason} 2026-11-01`,
  table: openMmdb(writeMmdb({ ...countries }, { type: reason })),
}));
