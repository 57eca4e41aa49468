/**
 * A tool package: one file with exactly one byte form, so that its digest names it.
 *
 *     entente-tool/1␊
 *     {"files":[{"path":…,"sha256":…,"sizeBytes":…},…],"manifest":{…}}␊      canonical JSON (RFC 8785), files by path
 *     the bytes of the files, in that order, and nothing after them
 *
 * A container of our own because the usual ones have many forms of one content (order, times, compression, padding) and a history of
 * names that lead out of their folder. Everything of a package that comes from elsewhere is hostile: sizes are held against what is there
 * before anything is cut out, names are checked part by part, every file has to be the one that the list says and has to be used.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, concatBytes, decodeUtf8Strict, type Issue, utf8 } from '../../base/index.ts';
import { type Manifest, notAPackage, parseManifest } from './manifest.ts';

/** A large rule collection has 20 MiB. */
export const PACKAGE_BYTES_MAX = 64 * 1024 * 1024;
const FILES_MAX = 5_000;
const HEADER_BYTES_MAX = 2 * 1024 * 1024;
const PATH_LENGTH_MAX = 200;
const MAGIC = 'entente-tool/1\n';

export interface ToolPackage {
  readonly manifest: Manifest;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Of the whole file. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const fault = (code: string, path: string, message: string) =>
  notAPackage(`${path}: ${message}`, [{ code, path, message } satisfies Issue]);

/** Below the package's folder on every system; no part hides, climbs or has two readings. @throws EntenteError `tool-package` */
function assertPath(path: string): void {
  const isPlain =
    path.length <= PATH_LENGTH_MAX &&
    path.split('/').every((part) => /^[A-Za-z0-9_+-][A-Za-z0-9_.+ -]*$/.test(part) && !/[. ]$/.test(part));
  if (!isPlain) throw fault('path-escape', path.slice(0, PATH_LENGTH_MAX), 'is no path inside a package');
}

/** @throws EntenteError `tool-package` when the manifest names what is not there, or something there is never used */
function assertUsed(manifest: Manifest, paths: readonly string[]): void {
  const used = new Set([...manifest.content, ...manifest.selfTests.flatMap((test) => test.inputs)]);
  for (const path of used)
    if (!paths.includes(path))
      throw fault('missing', path, 'is named in the manifest and is not in the package');
  for (const path of paths)
    if (!used.has(path))
      throw fault('stowaway', path, 'is in the package and nothing in the manifest uses it');
}

/** @throws EntenteError `tool-package` */
export function packTool(manifest: Manifest, files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const paths = [...files.keys()].sort();
  for (const path of paths) assertPath(path);
  assertUsed(parseManifest(manifest), paths);
  const list = paths.map((path) => {
    const bytes = files.get(path)!;
    return { path, sizeBytes: bytes.length, sha256: digest(bytes) };
  });
  const whole = concatBytes([
    utf8(`${MAGIC}${canonicalJson({ manifest, files: list })}\n`),
    ...paths.map((path) => files.get(path)!),
  ]);
  if (whole.length > PACKAGE_BYTES_MAX)
    throw notAPackage(`the package has ${whole.length} bytes, and ${PACKAGE_BYTES_MAX} are the most`);
  return whole;
}

/** @throws EntenteError `tool-package`: no package, or one whose list and content differ */
export function parsePackage(bytes: Uint8Array): ToolPackage {
  if (bytes.length > PACKAGE_BYTES_MAX)
    throw notAPackage(`the file has more than ${PACKAGE_BYTES_MAX} bytes, which no package has`);
  const start = MAGIC.length;
  const end = bytes.indexOf(0x0a, start);
  if (!utf8(MAGIC).every((byte, i) => bytes[i] === byte) || end < 0 || end - start > HEADER_BYTES_MAX)
    throw notAPackage('the file does not begin as a tool package does');
  const { manifest, list } = parseHeader(bytes.subarray(start, end));
  const files = new Map<string, Uint8Array>();
  let at = end + 1;
  for (const { path, sizeBytes, sha256 } of list) {
    if (sizeBytes > bytes.length - at)
      throw fault(
        'lying-manifest',
        path,
        `has ${sizeBytes} bytes by the list, and the package ends before them`,
      );
    const content = bytes.subarray(at, at + sizeBytes);
    if (digest(content) !== sha256)
      throw fault('lying-manifest', path, 'has another digest than the list says');
    files.set(path, content);
    at += sizeBytes;
  }
  if (at !== bytes.length) throw fault('stowaway', '', `${bytes.length - at} bytes follow that no file has`);
  assertUsed(manifest, [...files.keys()]);
  return { manifest, files, sha256: digest(bytes), sizeBytes: bytes.length };
}

interface FileEntry {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

function parseHeader(bytes: Uint8Array): { manifest: Manifest; list: readonly FileEntry[] } {
  let header: { manifest?: unknown; files?: unknown };
  try {
    const text = decodeUtf8Strict(bytes);
    header = JSON.parse(text) as typeof header;
    if (canonicalJson(header) !== text) throw new Error('another form');
  } catch {
    throw notAPackage('the list of the package is no canonical JSON');
  }
  const { manifest, files, ...more } = header;
  if (!Array.isArray(files) || files.length > FILES_MAX || Object.keys(more).length > 0)
    throw notAPackage('the package lists no files');
  let before = '';
  for (const [i, one] of (files as Partial<FileEntry>[]).entries()) {
    if (
      typeof one?.path !== 'string' ||
      !Number.isSafeInteger(one.sizeBytes) ||
      one.sizeBytes! < 0 ||
      !/^[0-9a-f]{64}$/.test(String(one.sha256)) ||
      Object.keys(one).length !== 3
    )
      throw fault('manifest', `files[${i}]`, 'says no path, size and digest');
    assertPath(one.path);
    if (i > 0 && one.path <= before)
      throw fault('manifest', `files[${i}]`, 'is not in the order of paths, or listed twice');
    before = one.path;
  }
  return { manifest: parseManifest(manifest), list: files as readonly FileEntry[] };
}
