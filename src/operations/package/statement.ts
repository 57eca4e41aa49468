/** The signed statement at the end of a package, and the check of a whole file without a node. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { decodeBase64, decodeUtf8Strict, EntenteError, isId, isTimestamp } from '../../base/index.ts';
import {
  type Identity,
  type PublicJwk,
  signStatement,
  thumbprint,
  unverifiedSigner,
  verifyStatement,
} from '../../registry/index.ts';
import { type PackageContents, parseContents } from './contents.ts';
import { CONTENTS_NAME, renderPackage, SIGNATURE_END, SIGNATURE_START } from './page.ts';

export interface PackageStatement {
  readonly id: string;
  readonly operation: string;
  /** Key of the recipient's node. */
  readonly to: string;
  readonly scope: string;
  readonly at: string;
  readonly items: number;
  /** SHA-256 and length of the page before the signature. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The key that signs, so that the file can be checked alone; whose it is, the agreement says. */
  readonly key: PublicJwk;
}

/** A package with a thousand items has about half a megabyte. */
export const PACKAGE_BYTES_MAX = 1024 * 1024 * 1024;
const CONTENTS_BYTES_MAX = 1024 * 1024 * 1024;

/** Shown of a changed place; enough to find it, and no more of a text that nobody vouches for. */
const EXCERPT_BYTES = 32;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export async function signPackage(
  identity: Identity,
  contents: PackageContents,
  to: string,
): Promise<{ readonly file: Uint8Array; readonly jws: string; readonly statement: PackageStatement }> {
  const page = Buffer.from(renderPackage(contents));
  const { kty, crv, x } = identity.publicJwk;
  const statement: PackageStatement = {
    id: contents.id,
    operation: contents.operation.id,
    to,
    scope: contents.scope,
    at: contents.at,
    items: contents.items.length,
    sha256: sha256(page),
    sizeBytes: page.length,
    key: { kty, crv, x },
  };
  const jws = await signStatement(identity, 'package', statement);
  return {
    file: Buffer.concat([page, Buffer.from(`${SIGNATURE_START}${jws}${SIGNATURE_END}`)]),
    jws,
    statement,
  };
}

/** @throws EntenteError `message-invalid` when the payload is no statement of a package */
export function parseStatement(value: Record<string, unknown>): PackageStatement {
  const {
    id,
    operation,
    to,
    scope,
    at,
    items,
    sha256: digest,
    sizeBytes,
    key,
  } = value as Partial<PackageStatement>;
  const sound =
    typeof id === 'string' &&
    isId(id, 'package') &&
    typeof operation === 'string' &&
    isId(operation, 'operation') &&
    typeof to === 'string' &&
    typeof scope === 'string' &&
    /^(?:[A-Z]{2}|AS\d{1,10}|networks)$/.test(scope) &&
    typeof at === 'string' &&
    isTimestamp(at) &&
    Number.isSafeInteger(items) &&
    typeof digest === 'string' &&
    /^[0-9a-f]{64}$/.test(digest) &&
    Number.isSafeInteger(sizeBytes) &&
    sizeBytes! > 0 &&
    sizeBytes! < PACKAGE_BYTES_MAX &&
    typeof key?.x === 'string' &&
    /^[A-Za-z0-9_-]{43}$/.test(key.x);
  if (!sound) throw new EntenteError('message-invalid', 'the signed statement is about no package');
  return value as unknown as PackageStatement;
}

export interface VerifiedPackage {
  readonly statement: PackageStatement;
  readonly contents: PackageContents;
  /** Thumbprint of the key that signed it. */
  readonly signer: string;
}

/**
 * Checks a package file alone: the bytes, the signature, and that the page is what its contents give, so that nothing is shown to people that is not
 * in the data. Whose key it is has to be compared with an agreement. @throws EntenteError `verification-failed`
 */
export async function verifyPackage(file: Uint8Array): Promise<VerifiedPackage> {
  const failed = (why: string, cause?: unknown) =>
    new EntenteError('verification-failed', `the package is not genuine: ${why}`, { cause });
  const start = Buffer.from(file.buffer, file.byteOffset, file.byteLength).lastIndexOf(SIGNATURE_START);
  if (start < 0) throw failed('it has no signature');
  const page = file.subarray(0, start);
  const tail = Buffer.from(file.subarray(start)).toString('latin1');
  const jws = tail.slice(SIGNATURE_START.length, -SIGNATURE_END.length);
  if (tail !== `${SIGNATURE_START}${jws}${SIGNATURE_END}`) throw failed('something follows its signature');
  const signer = unverifiedSigner(jws);
  let statement: PackageStatement;
  try {
    const payload = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >;
    const { key } = parseStatement(payload);
    if (thumbprint(key) !== signer) throw new Error('it names another key than it carries');
    statement = parseStatement(await verifyStatement(jws, 'package', key));
  } catch (cause) {
    throw failed('its signature does not verify', cause);
  }
  if (page.length !== statement.sizeBytes || sha256(page) !== statement.sha256)
    throw failed(`it was changed after it was signed; ${whatChanged(page, statement)}`);
  let contents: PackageContents;
  try {
    contents = readContents(page);
  } catch (cause) {
    throw failed('what it holds for programs cannot be read', cause);
  }
  if (
    contents.id !== statement.id ||
    contents.operation.id !== statement.operation ||
    contents.items.length !== statement.items
  )
    throw failed('its contents are of another package');
  return { statement, contents, signer: signer! };
}

/** The first thing that can be said of a page that is not the signed one: its data for programs still say what it was. */
function whatChanged(page: Uint8Array, { id, sizeBytes }: PackageStatement): string {
  const sizes = page.length === sizeBytes ? '' : ` (${page.length} bytes, and ${sizeBytes} were signed)`;
  let contents: PackageContents;
  try {
    contents = readContents(page);
  } catch {
    return `its data for programs (${CONTENTS_NAME}) are damaged or replaced${sizes}`;
  }
  if (contents.id !== id) return `its data for programs are those of another package, ${contents.id}${sizes}`;
  const made = Buffer.from(renderPackage(contents));
  const at = made.findIndex((byte, i) => page[i] !== byte);
  if (at < 0 && page.length <= made.length)
    return `its text and its data for programs were changed together${sizes}`;
  const from = at < 0 ? made.length : at;
  const line = Buffer.from(page.subarray(0, from)).toString('latin1').split('\n').length;
  const around = (bytes: Uint8Array) =>
    JSON.stringify(
      Buffer.from(bytes.subarray(from, from + EXCERPT_BYTES))
        .toString()
        .replace(/\ufffd+$/, ''),
    );
  return `the first difference from its data for programs is at byte ${from}, line ${line}: ${around(page)} stands where ${around(made)} was signed${sizes}`;
}

/** Whether the page is the one that its contents give, in this version's words. A package of another version of the program may differ. */
export const isRenderedHere = (file: Uint8Array, { contents, statement }: VerifiedPackage): boolean =>
  Buffer.compare(Buffer.from(renderPackage(contents)), file.subarray(0, statement.sizeBytes)) === 0;

/** @throws EntenteError `message-invalid`, or the platform's error for bytes that are not packed */
function readContents(page: Uint8Array): PackageContents {
  const text = Buffer.from(page).toString('latin1');
  const mark = `<a download="${CONTENTS_NAME}" href="data:application/gzip;base64,`;
  const from = text.indexOf(mark);
  const to = text.indexOf('"', from + mark.length);
  const bytes = from < 0 || to < 0 ? null : decodeBase64(text.slice(from + mark.length, to));
  if (!bytes) throw new EntenteError('message-invalid', 'the package has no contents for programs');
  return parseContents(
    JSON.parse(decodeUtf8Strict(gunzipSync(bytes, { maxOutputLength: CONTENTS_BYTES_MAX }))),
  );
}
