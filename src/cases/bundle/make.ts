/** Making a bundle: everything about a case that an outsider needs to check it, in one file with one byte form. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { encodeSignedAgreement } from '../../agreement/index.ts';
import { canonicalJson, EntenteError } from '../../base/index.ts';
import {
  appendLeaf,
  currentCheckpoint,
  findAgreement,
  proveLeaf,
  type Registry,
  signStatement,
} from '../../registry/index.ts';
import type { Case } from '../cases.ts';
import { custodyOf } from '../custody.ts';
import { type Exhibit, filesOf, listExhibits } from '../exhibits.ts';
import { listFindings } from '../findings.ts';
import { listRuns } from '../runs.ts';
import {
  BAG_DECLARATION,
  BUNDLE_VERSION,
  type CaseFile,
  type CustodyLine,
  encodeManifest,
  PATHS,
  type RunLine,
} from './contents.ts';
import { checksum, encodeZip, type ZipEntry } from './zip.ts';

export interface BundleReport {
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly exhibits: number;
  readonly findings: number;
  readonly leaves: number;
}

interface Part extends ZipEntry {
  readonly sha256: string;
  open(): AsyncIterable<Uint8Array>;
}

/** Writes the bundle beside its final name and renames it when it is whole and flushed. */
export async function makeBundle(registry: Registry, file: Case, out: string): Promise<BundleReport> {
  const exhibits = await listExhibits(registry, file.id);
  const findings = await listFindings(registry, file.id);
  const runs = await listRuns(registry, file.id);
  const custody: CustodyLine[] = [];
  for (const exhibit of exhibits) {
    for (const stored of await custodyOf(registry, exhibit.id)) {
      custody.push({ exhibit: exhibit.id, seq: stored.seq, leaf: stored.leafIndex, event: stored.jws });
    }
  }
  const runLines: RunLine[] = runs.map((run) => ({ leaf: run.leafIndex, run: run.record }));
  const checkpoint = await currentCheckpoint(registry);
  const size = Number(checkpoint.split('\n')[1]);
  const leafIndexes = [
    ...new Set([
      ...(await caseLeaves(registry, file, exhibits)),
      ...custody.map((line) => line.leaf),
      ...runLines.map((line) => line.leaf),
    ]),
  ].sort((a, b) => a - b);
  const leaves = [];
  for (const index of leafIndexes) leaves.push(await proveLeaf(registry, index, size));

  const caseFile: CaseFile = {
    v: BUNDLE_VERSION,
    case: file,
    node: { name: registry.name, kid: registry.identity.kid, key: registry.identity.publicJwk },
    exhibits,
    madeAt: registry.clock().toISOString(),
  };
  const parts: Part[] = [
    textPart(PATHS.case, `${canonicalJson(caseFile)}\n`),
    textPart(PATHS.custody, jsonLines(custody)),
    textPart(PATHS.runs, jsonLines(runLines)),
    textPart(PATHS.findings, jsonLines(findings)),
    textPart(PATHS.checkpoint, checkpoint),
    textPart(PATHS.leaves, jsonLines(leaves)),
  ];
  for (const id of new Set(
    findings.flatMap((finding) => (finding.agreement ? [finding.agreement.id] : [])),
  )) {
    const held = await findAgreement(registry.db, id, caseFile.madeAt);
    const { agreement, signatures } = held.verified;
    const signed = JSON.parse(encodeSignedAgreement({ agreement, signatures })) as unknown;
    parts.push(textPart(PATHS.agreement(id), `${canonicalJson({ signed, notices: held.notices })}\n`));
  }
  for (const sha256 of await exhibitBlobs(registry, exhibits)) parts.push(await blobPart(registry, sha256));

  const manifest = textPart(
    PATHS.manifest,
    encodeManifest(new Map(parts.map((part) => [part.name, part.sha256]))),
  );
  const tags = [
    textPart(PATHS.declaration, BAG_DECLARATION),
    textPart(
      PATHS.info,
      `Bagging-Date: ${caseFile.madeAt.slice(0, 10)}\nExternal-Identifier: ${file.id}\nPayload-Oxum: ${parts.reduce((sum, part) => sum + part.sizeBytes, 0)}.${parts.length}\n`,
    ),
    manifest,
  ];
  const tagManifest = textPart(
    PATHS.tagManifest,
    encodeManifest(new Map(tags.map((part) => [part.name, part.sha256]))),
  );
  const signature = textPart(
    PATHS.signature,
    await signStatement(registry.identity, 'bundle', {
      case: file.id,
      tagManifest: tagManifest.sha256,
      leaves: size,
    }),
  );

  const written = await writeFile(out, encodeZip([...parts, ...tags, tagManifest, signature]));
  await registry.db.transaction((tx) =>
    appendLeaf(tx, registry.clock, 'bundle', { case: file.id, sha256: written.sha256 }),
  );
  return {
    file: out,
    ...written,
    exhibits: exhibits.length,
    findings: findings.length,
    leaves: leaves.length,
  };
}

/** The leaves that name the case or its exhibits: opening and registration. */
async function caseLeaves(registry: Registry, file: Case, exhibits: readonly Exhibit[]): Promise<number[]> {
  const ids = new Set([file.id, ...exhibits.map((exhibit) => exhibit.id)]);
  const rows = await registry.db.all<{ idx: number; body: string }>(
    `SELECT idx, body FROM ledger_leaf WHERE kind IN ('case-opened', 'exhibit-registered') AND body IS NOT NULL ORDER BY idx`,
  );
  return rows
    .filter((row) => ids.has(String((JSON.parse(row.body) as { id?: unknown }).id)))
    .map((row) => row.idx);
}

/** Everything the exhibits consist of: files, folder lists, and the files those name. */
async function exhibitBlobs(registry: Registry, exhibits: readonly Exhibit[]): Promise<string[]> {
  const digests = new Set<string>();
  for (const exhibit of exhibits) {
    digests.add(exhibit.sha256);
    for (const part of await filesOf(registry, exhibit)) digests.add(part.sha256);
  }
  return [...digests].sort();
}

const jsonLines = (values: readonly unknown[]) => values.map((value) => `${canonicalJson(value)}\n`).join('');

function textPart(name: string, text: string): Part {
  const bytes = Buffer.from(text);
  return {
    name,
    sizeBytes: bytes.length,
    crc32: checksum(bytes),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    open: async function* () {
      yield bytes;
    },
  };
}

/**
 * Reads the blob once for its checksum, and to see that it still is what its name says.
 * @throws EntenteError `store-damaged`
 */
async function blobPart(registry: Registry, sha256: string): Promise<Part> {
  await registry.blobs.path(sha256);
  let crc = 0;
  let sizeBytes = 0;
  const hash = createHash('sha256');
  for await (const chunk of registry.blobs.read(sha256)) {
    crc = checksum(chunk, crc);
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  if (hash.digest('hex') !== sha256)
    throw new EntenteError('store-damaged', `the stored bytes of ${sha256} were changed on disk`, {
      where: sha256,
    });
  return {
    name: PATHS.exhibit(sha256),
    sizeBytes,
    crc32: crc,
    sha256,
    open: () => registry.blobs.read(sha256),
  };
}

async function writeFile(
  out: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ sizeBytes: number; sha256: string }> {
  const partial = `${out}.partial`;
  const hash = createHash('sha256');
  let sizeBytes = 0;
  async function* counted(): AsyncIterable<Uint8Array> {
    for await (const chunk of bytes) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      yield chunk;
    }
  }
  try {
    await pipeline(Readable.from(counted()), createWriteStream(partial, { flags: 'w', flush: true }));
    await rename(partial, out);
    const folder = await open(dirname(out), 'r');
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}
