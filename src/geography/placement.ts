/**
 * Where something on the Internet is: each ground names one country, says why and how sure it is; grounds that disagree are a conflict, which is
 * shown and left to a person. No ground outvotes another: two that agree raise confidence, but one that differs still makes a conflict.
 */
import { type CountryCode, countryOfHost, readCountryCode } from './countries.ts';
import type { Mmdb, MmdbValue } from './mmdb.ts';
import { type SpecialUse, specialUse } from './special.ts';

export const REASONS = ['victim-seat', 'geolocation', 'registry', 'hosting', 'asn', 'tld'] as const;
export type Reason = (typeof REASONS)[number];

/** How sure a ground is by itself, in percent: our estimate, stated so that it can be argued with. */
export const CONFIDENCE: Readonly<Record<Reason, number>> = {
  'victim-seat': 90, // somebody who knows the victim said so
  geolocation: 75, // operators' own feeds and registry records
  registry: 60, // whom the block was given to, who may use it elsewhere
  hosting: 65, // where an address lies to which a name resolved when it was seen
  asn: 50, // where the network that announces it is registered
  tld: 40, // whose domain it is, wherever its server stands
};

/** A country domain sold to everybody as a word says this much. It never makes a conflict. */
const WEAK_TLD = 5;
/** Every further ground for the same country adds this. */
const AGREEMENT = 8;
const CONFIDENCE_MAX = 98;
/** A database this much newer or older than the sighting may show another holder of the address. */
const STALE_DAYS = 90;
const STALE_PENALTY = 15;

export interface Ground {
  readonly country: string;
  readonly reason: Reason;
  /** Percent. */
  readonly confidence: number;
  /** The database with its date, the name, or who said so. */
  readonly from: string;
}

export interface Candidate {
  readonly country: string;
  readonly confidence: number;
  readonly grounds: readonly Ground[];
}

export interface Placement {
  /**
   * `placed`: one country. `conflict`: several. `unplaced`: nothing says where. `special`: an address that is in no country.
   * `withdrawn-country`: the only country named no longer exists and has several successors.
   */
  readonly state: 'placed' | 'conflict' | 'unplaced' | 'special' | 'withdrawn-country';
  /** The country, when it is `placed`. */
  readonly country: string | null;
  readonly candidates: readonly Candidate[];
  /** What a person should know about it. */
  readonly notes: readonly string[];
  /** The network that announces its address, when a database of networks knows it. */
  readonly network: Network | null;
}

/** An autonomous system and, as the database writes it, who runs it. */
export interface Network {
  /** `AS64500`. */
  readonly asn: string;
  readonly owner: string;
  /** The database with its date. */
  readonly from: string;
}

/** A database by address: of countries, or (`network`) of the networks that announce them. */
export interface GeoSource {
  readonly reason: 'geolocation' | 'registry' | 'asn' | 'network';
  /** As it is named on packages. */
  readonly name: string;
  readonly table: Mmdb;
}

export interface PlaceQuestion {
  /** Bytes of the address itself, one character a byte; null for what is none. */
  readonly address: string | null;
  /** Host name, of domains and URLs. */
  readonly host: string | null;
  /** Bytes of the addresses to which the host resolved when it was seen. */
  readonly hosting: readonly string[];
  /** Country of the victim as its contributor gave it. */
  readonly seat: string | null;
  /** When it was last seen, RFC 3339. */
  readonly seenAt: string | null;
}

/** @throws EntenteError `index-invalid` when a database turns out to be damaged */
export function place(question: PlaceQuestion, sources: readonly GeoSource[]): Placement {
  const grounds: Ground[] = [];
  const notes: string[] = [];
  let withdrawn: CountryCode | null = null;
  let special: SpecialUse | null = null;

  if (question.seat !== null) {
    const seat = readCountryCode(question.seat);
    const one = seat.state === 'withdrawn' && seat.successors.length === 1 ? seat.successors[0]! : null;
    if (seat.state === 'assigned') grounds.push(ground(seat.code, 'victim-seat', 'its contributor'));
    else if (one !== null) {
      notes.push(`${seat.code} no longer exists and is ${one} now`);
      grounds.push(ground(one, 'victim-seat', `its contributor, who wrote ${seat.code}`));
    } else if (seat.state === 'withdrawn') {
      notes.push(`${seat.code} no longer exists; it is ${seat.successors.join(' or ')} now`);
      withdrawn = seat;
    } else notes.push(`"${seat.code}" is no country code`);
  }
  let network: Network | null = null;
  let networks = 0;
  const chosen = nearestInTime(sources, question.seenAt);
  if (question.address !== null) {
    special = specialUse(question.address);
    if (special !== null) notes.push(`the address is set aside: ${special}`);
    else for (const source of chosen) addFrom(source, question.address, null);
  }
  for (const address of question.hosting) {
    const use = specialUse(address);
    if (use !== null) notes.push(`an address of the host is set aside: ${use}`);
    else for (const source of chosen) addFrom(source, address, 'hosting');
  }
  // A host in several networks is nobody's in particular.
  if (networks > 1) network = null;
  const domain = question.host === null ? null : countryOfHost(question.host);
  if (domain !== null)
    grounds.push({
      country: domain.country,
      reason: 'tld',
      confidence: domain.weak ? WEAK_TLD : CONFIDENCE.tld,
      from: domain.weak ? 'its domain, which anybody can buy' : 'its domain',
    });

  function addFrom({ source, staleDays }: Chosen, address: string, as: 'hosting' | null): void {
    if (source.reason === 'asn' && as !== null) return;
    const record = source.table.lookUp(address);
    if (record === null) return;
    if (source.reason === 'network') {
      const found = networkOf(record, source.name);
      if (found !== null && found.asn !== network?.asn) networks++;
      network ??= found;
      return;
    }
    const reason = as ?? source.reason;
    const { anycast, country: read } = readRecord(record);
    if (anycast) {
      special ??= 'anycast';
      notes.push(`${source.name}: the address is answered in many places`);
      return;
    }
    if (read === null) return;
    if (read.state === 'unknown') notes.push(`${source.name} names "${read.code}", which is no country`);
    else if (read.state === 'withdrawn')
      notes.push(`${source.name} names ${read.code}, which no longer exists`);
    else {
      if (staleDays > 0)
        notes.push(`${source.name} is ${staleDays} days from the sighting; the holder may have changed`);
      const confidence = CONFIDENCE[reason] - (staleDays > 0 ? STALE_PENALTY : 0);
      grounds.push({ country: read.code, reason, confidence, from: source.name });
    }
  }

  return decide(grounds, notes.length > 1 ? [...new Set(notes)] : notes, special, withdrawn, network);
}

function ground(country: string, reason: Reason, from: string): Ground {
  return { country, reason, confidence: CONFIDENCE[reason], from };
}

function decide(
  grounds: readonly Ground[],
  notes: readonly string[],
  special: SpecialUse | null,
  withdrawn: CountryCode | null,
  network: Network | null,
): Placement {
  // A handful of grounds: looking along a list is quicker than a map, and most addresses have one country.
  const lists: Ground[][] = [];
  for (const one of grounds) {
    const same = lists.find((list) => list[0]!.country === one.country);
    if (!same) lists.push([one]);
    else if (!same.some(({ reason, from }) => reason === one.reason && from === one.from)) same.push(one);
  }
  const candidates = lists.map((list): Candidate => {
    let best = 0;
    for (const { confidence } of list) if (confidence > best) best = confidence;
    const sum = best + AGREEMENT * (list.length - 1);
    return { country: list[0]!.country, confidence: Math.min(CONFIDENCE_MAX, sum), grounds: list };
  });
  if (candidates.length > 1)
    candidates.sort((a, b) => b.confidence - a.confidence || (a.country < b.country ? -1 : 1));
  const serious = candidates.filter(({ confidence }) => confidence > WEAK_TLD);
  const give = (state: Placement['state'], country: string | null = null): Placement => ({
    state,
    country,
    candidates,
    notes,
    network,
  });
  // An anycast address of a victim whose seat is known is not a matter of where the address is.
  const seat = serious.find((one) => one.grounds.some(({ reason }) => reason === 'victim-seat'));
  if (special !== null && !(special === 'anycast' && seat && serious.length === 1)) return give('special');
  if (withdrawn !== null) return give('withdrawn-country');
  if (serious.length > 1) return give('conflict');
  return serious.length === 1 ? give('placed', serious[0]!.country) : give('unplaced');
}

interface Chosen {
  readonly source: GeoSource;
  /** 0 when the database is near enough to the sighting. */
  readonly staleDays: number;
}

const DAY_MS = 86_400_000;

/** Of databases of one name and different dates, the one nearest to the sighting. */
function nearestInTime(sources: readonly GeoSource[], seenAt: string | null): Chosen[] {
  if (seenAt === null) return newest(sources);
  const seen = Date.parse(seenAt);
  const best = new Map<string, { source: GeoSource; apart: number }>();
  for (const source of sources) {
    const key = `${source.reason} ${source.table.type}`;
    const apart = Math.abs(Date.parse(source.table.builtAt) - seen);
    const known = best.get(key);
    if (!known || apart < known.apart) best.set(key, { source, apart });
  }
  return [...best.values()].map(({ source, apart }) => {
    const days = Math.floor(apart / DAY_MS);
    return { source, staleDays: days > STALE_DAYS ? days : 0 };
  });
}

/** A list of databases is opened once and asked a million times. */
const NEWEST = new WeakMap<readonly GeoSource[], Chosen[]>();

function newest(sources: readonly GeoSource[]): Chosen[] {
  const known = NEWEST.get(sources);
  if (known) return known;
  const best = new Map<string, GeoSource>();
  for (const source of sources) {
    const key = `${source.reason} ${source.table.type}`;
    const other = best.get(key);
    if (!other || other.table.builtAt < source.table.builtAt) best.set(key, source);
  }
  const chosen = [...best.values()].map((source) => ({ source, staleDays: 0 }));
  NEWEST.set(sources, chosen);
  return chosen;
}

interface RecordRead {
  readonly anycast: boolean;
  readonly country: CountryCode | null;
}

/** What a record says; a database gives the same object for every address of a leaf, and it is read once. */
const READ = new WeakMap<object, RecordRead>();

function readRecord(record: MmdbValue): RecordRead {
  const known = typeof record === 'object' ? READ.get(record) : undefined;
  if (known) return known;
  const code = countryOf(record);
  const read = { anycast: isAnycast(record), country: code === null ? null : readCountryCode(code) };
  if (typeof record === 'object') READ.set(record, read);
  return read;
}

/** `country_code` as ip-location-db writes it, `country.iso_code` as MaxMind and DB-IP do. */
export function countryOf(record: MmdbValue): string | null {
  const code = member(record, 'country_code') ?? member(member(record, 'country'), 'iso_code');
  return typeof code === 'string' && code !== '' ? code : null;
}

const OWNER_MAX = 120;

/** `autonomous_system_number` and `autonomous_system_organization`, as MaxMind, DB-IP and ip-location-db write them. */
function networkOf(record: MmdbValue, from: string): Network | null {
  const number = Number(member(record, 'autonomous_system_number'));
  if (!Number.isInteger(number) || number < 1 || number > 0xffffffff) return null;
  const owner = member(record, 'autonomous_system_organization');
  return { asn: `AS${number}`, owner: typeof owner === 'string' ? owner.slice(0, OWNER_MAX) : '', from };
}

function isAnycast(record: MmdbValue): boolean {
  return member(member(record, 'traits'), 'is_anycast') === true;
}

function member(value: MmdbValue | undefined, name: string): MmdbValue | undefined {
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array) return undefined;
  const map = value as Record<string, MmdbValue>;
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
