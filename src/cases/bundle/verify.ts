/**
 * Verifying a bundle offline, without the node that made it. Everything in it is the bringer's; what ties it together is the node's
 * key, which the verifier compares with the one it knows (`expectedKey`), and the ledger's proofs under one signed checkpoint.
 *
 * Checks go from the outside in, and the first that fails is the answer: archive form → manifests → signature → ledger → custody →
 * exhibits → runs and findings → agreements.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import {
  parseSignedAgreement,
  type SignedNotice,
  verifyAgreement,
  verifyNotice,
} from '../../agreement/index.ts';
import { canonicalJson, EntenteError, isEntenteError } from '../../base/index.ts';
import {
  hashLeaf,
  parseLeaf,
  verifyCheckpoint,
  verifyCommitment,
  verifyInclusion,
} from '../../ledger/index.ts';
import { ledgerKey, ledgerOrigin, thumbprint, verifyEd25519, verifyStatement } from '../../registry/index.ts';
import type { CustodyEvent } from '../custody.ts';
import type { FolderList } from '../exhibits.ts';
import type { Finding } from '../findings.ts';
import {
  type CaseFile,
  type CustodyLine,
  type LeafLine,
  PATHS,
  parseManifest,
  type RunLine,
} from './contents.ts';
import { type ByteSource, checksum, entryBytes, type PlacedEntry, readZip } from './zip.ts';

export interface Check {
  readonly name: string;
  /** What was counted: files, leaves, events. */
  readonly count: number;
}

export interface BundleVerdict {
  readonly ok: boolean;
  readonly case: string | null;
  readonly node: { readonly name: string; readonly kid: string } | null;
  readonly checks: readonly Check[];
  /** The first thing that does not hold. */
  readonly cause: string | null;
}

/** Files other than exhibits are read whole; a case with a million findings stays below this. */
const DOCUMENT_BYTES_MAX = 1024 * 1024 * 1024;

/** @throws EntenteError for what cannot be read as a bundle at all; everything else is a verdict. */
export async function verifyBundle(
  path: string,
  options: { expectedKey?: string } = {},
): Promise<BundleVerdict> {
  const handle = await open(path, 'r');
  try {
    return await verifyBundleSource(await sourceOf(handle), options);
  } finally {
    await handle.close();
  }
}

/** As `verifyBundle`, for bytes that are no file. */
export function verifyBundleSource(
  source: ByteSource,
  options: { expectedKey?: string } = {},
): Promise<BundleVerdict> {
  return new BundleCheck(source, options.expectedKey).run();
}

async function sourceOf(handle: FileHandle): Promise<ByteSource> {
  const { size } = await handle.stat();
  return {
    sizeBytes: size,
    async read(offset, length) {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await handle.read(bytes, 0, length, offset);
      if (bytesRead !== length)
        throw new EntenteError('archive-damaged', `the file ends before byte ${offset + length}`, { offset });
      return bytes;
    },
  };
}

function fail(cause: string): never {
  throw new EntenteError('verification-failed', cause);
}

class BundleCheck {
  readonly #source: ByteSource;
  readonly #expectedKey: string | undefined;
  readonly #checks: Check[] = [];
  #entries = new Map<string, PlacedEntry>();
  /** SHA-256 of every file, computed from its bytes. */
  #digests = new Map<string, string>();
  #caseFile: CaseFile | null = null;
  #leaves = new Map<number, LeafLine>();

  constructor(source: ByteSource, expectedKey: string | undefined) {
    this.#source = source;
    this.#expectedKey = expectedKey;
  }

  async run(): Promise<BundleVerdict> {
    try {
      this.#entries = new Map((await readZip(this.#source)).map((entry) => [entry.name, entry]));
      this.#passed('archive', this.#entries.size);
      await this.#manifests();
      await this.#signature();
      await this.#ledger();
      await this.#custody();
      await this.#exhibits();
      await this.#findings();
      return this.#verdict(null);
    } catch (error) {
      if (isEntenteError(error) && error.code === 'archive-damaged' && this.#checks.length === 0) throw error;
      if (isEntenteError(error) || error instanceof SyntaxError || error instanceof TypeError)
        return this.#verdict(error.message);
      throw error;
    }
  }

  #verdict(cause: string | null): BundleVerdict {
    const file = this.#caseFile;
    return {
      ok: cause === null,
      case: file?.case.name ?? null,
      node: file ? { name: file.node.name, kid: file.node.kid } : null,
      checks: this.#checks,
      cause,
    };
  }

  #passed(name: string, count: number): void {
    this.#checks.push({ name, count });
  }

  async #manifests(): Promise<void> {
    for (const [name, entry] of this.#entries) {
      const hash = createHash('sha256');
      let crc = 0;
      for await (const chunk of entryBytes(this.#source, entry)) {
        hash.update(chunk);
        crc = checksum(chunk, crc);
      }
      if (crc !== entry.crc32) fail(`${name}: its bytes are not those that were bundled (checksum)`);
      this.#digests.set(name, hash.digest('hex'));
    }
    const payload = await this.#manifest(PATHS.manifest);
    const tags = await this.#manifest(PATHS.tagManifest);
    for (const [listed, digest] of [...payload, ...tags]) {
      const found = this.#digests.get(listed);
      if (found === undefined) fail(`${listed} is listed but missing`);
      if (found !== digest) fail(`${listed}: its bytes are not those that were bundled (SHA-256)`);
    }
    for (const name of this.#entries.keys()) {
      const isListed = name.startsWith('data/') ? payload.has(name) : tags.has(name);
      if (!isListed && name !== PATHS.tagManifest && name !== PATHS.signature)
        fail(`${name} is in the bundle but not listed`);
    }
    this.#passed('manifests', payload.size + tags.size);
  }

  async #manifest(path: string): Promise<Map<string, string>> {
    return parseManifest(await this.#text(path)) ?? fail(`${path} is no manifest`);
  }

  async #signature(): Promise<void> {
    const file = JSON.parse(await this.#text(PATHS.case)) as CaseFile;
    const { node } = file;
    if (file.v !== 1 || node?.key?.x === undefined || thumbprint(node.key) !== node.kid)
      fail('data/case.json does not name the key of a node');
    if (this.#expectedKey !== undefined && this.#expectedKey !== node.kid) {
      fail(`the bundle is from node ${node.kid}, not from ${this.#expectedKey}`);
    }
    const signed = await verifyStatement(await this.#text(PATHS.signature), 'bundle', node.key);
    if (signed['tagManifest'] !== this.#digests.get(PATHS.tagManifest) || signed['case'] !== file.case.id) {
      fail('the signature is over another bundle');
    }
    this.#caseFile = file;
    this.#passed('signature', 1);
  }

  async #ledger(): Promise<void> {
    const { node } = this.#caseFile!;
    const checkpoint = await verifyCheckpoint(await this.#text(PATHS.checkpoint), {
      origin: ledgerOrigin(node.kid),
      logKeys: [ledgerKey(node.kid, node.key)],
      verify: verifyEd25519,
    });
    for (const line of await this.#lines<LeafLine>(PATHS.leaves)) {
      const bytes = Buffer.from(line.leaf, 'base64');
      const leaf = parseLeaf(bytes);
      if (line.salt !== null) verifyCommitment(leaf, Buffer.from(line.salt, 'base64'), line.body);
      verifyInclusion({
        index: line.index,
        size: checkpoint.size,
        leafHash: hashLeaf(bytes),
        root: checkpoint.root,
        proof: line.proof.map((hash) => Buffer.from(hash, 'base64')),
      });
      this.#leaves.set(line.index, line);
    }
    this.#passed('ledger', this.#leaves.size);
  }

  /** The opened body of a leaf of the given kind. */
  #leafBody(index: number, kind: string): Record<string, unknown> {
    const line = this.#leaves.get(index);
    if (!line) fail(`the proof of leaf ${index} is missing`);
    if (parseLeaf(Buffer.from(line.leaf, 'base64')).kind !== kind) fail(`leaf ${index} is no ${kind} leaf`);
    if (line.salt === null) fail(`the contents of leaf ${index} were erased`);
    return line.body as Record<string, unknown>;
  }

  async #custody(): Promise<void> {
    const { node, exhibits } = this.#caseFile!;
    const last = new Map<string, { seq: number; jws: string; sha256: string }>();
    const lines = await this.#lines<CustodyLine>(PATHS.custody);
    for (const line of lines) {
      const event = (await verifyStatement(line.event, 'custody', node.key)) as unknown as CustodyEvent;
      const exhibit = exhibits.find((one) => one.id === line.exhibit);
      if (!exhibit || event.exhibit !== line.exhibit)
        fail(`a custody event is about no exhibit of this case`);
      const before = last.get(line.exhibit);
      const digest = createHash('sha256').update(line.event).digest('hex');
      if (
        line.seq !== (before?.seq ?? 0) + 1 ||
        event.previous !== (before ? createHash('sha256').update(before.jws).digest('hex') : null)
      ) {
        fail(`exhibit ${exhibit.number}: custody event ${line.seq} does not follow the one before it`);
      }
      if (this.#leafBody(line.leaf, 'custody')['event'] !== digest)
        fail(`exhibit ${exhibit.number}: custody event ${line.seq} is not the one in the ledger`);
      if (event.after.sha256 !== exhibit.sha256)
        fail(`exhibit ${exhibit.number}: custody event ${line.seq} saw other bytes`);
      last.set(line.exhibit, { seq: line.seq, jws: line.event, sha256: event.after.sha256 });
    }
    for (const exhibit of exhibits)
      if (!last.has(exhibit.id)) fail(`exhibit ${exhibit.number} has no custody event`);
    this.#passed('custody', lines.length);
  }

  async #exhibits(): Promise<void> {
    const registered = new Set<string>();
    for (const [index, line] of this.#leaves) {
      if (parseLeaf(Buffer.from(line.leaf, 'base64')).kind === 'exhibit-registered')
        registered.add(canonicalJson(this.#leafBody(index, 'exhibit-registered')));
    }
    let files = 0;
    for (const exhibit of this.#caseFile!.exhibits) {
      if (!registered.has(canonicalJson(exhibit)))
        fail(`exhibit ${exhibit.number} is not registered in the ledger as it stands here`);
      for (const sha256 of await this.#blobsOf(exhibit)) {
        if (this.#digests.get(PATHS.exhibit(sha256)) !== sha256)
          fail(`exhibit ${exhibit.number}: the bytes ${sha256} are missing or changed`);
        files++;
      }
    }
    this.#passed('exhibits', files);
  }

  async #blobsOf(exhibit: CaseFile['exhibits'][number]): Promise<string[]> {
    if (exhibit.media === 'file') return [exhibit.sha256];
    const list = JSON.parse(await this.#text(PATHS.exhibit(exhibit.sha256))) as FolderList;
    return [exhibit.sha256, ...list.files.map((file) => file.sha256)];
  }

  async #findings(): Promise<void> {
    const findings = await this.#lines<Finding>(PATHS.findings);
    const runs = await this.#lines<RunLine>(PATHS.runs);
    const byRun = Map.groupBy(findings, (finding) => finding.run);
    for (const { leaf, run } of runs) {
      if (canonicalJson(this.#leafBody(leaf, 'run')) !== canonicalJson(run))
        fail(`run ${String(run['id'])} is not the one in the ledger`);
      const output = (byRun.get(String(run['id'])) ?? [])
        .map((finding) => `${canonicalJson(finding)}\n`)
        .join('');
      if (
        createHash('sha256').update(output).digest('hex') !==
        (run['output'] as { sha256?: unknown } | undefined)?.sha256
      ) {
        fail(`the findings of run ${String(run['id'])} are not those it gave`);
      }
      byRun.delete(String(run['id']));
    }
    if (byRun.size > 0) fail('a finding names no run of this case');
    this.#passed('findings', findings.length);
    await this.#agreements(findings);
  }

  async #agreements(findings: readonly Finding[]): Promise<void> {
    const ids = new Set(findings.flatMap((finding) => (finding.agreement ? [finding.agreement.id] : [])));
    for (const id of ids) {
      const { signed, notices } = JSON.parse(await this.#text(PATHS.agreement(id))) as {
        signed: unknown;
        notices: SignedNotice[];
      };
      const verified = await verifyAgreement(parseSignedAgreement(signed));
      if (!verified.complete || verified.agreement.id !== id)
        fail(`agreement ${id} is not signed by all its parties`);
      for (const notice of notices) {
        const [issue] = await verifyNotice(verified.agreement, notice);
        if (issue) fail(`a notice on agreement ${id} does not count: ${issue.message}`);
      }
    }
    this.#passed('agreements', ids.size);
  }

  async #text(path: string): Promise<string> {
    const entry = this.#entries.get(path);
    if (!entry) fail(`${path} is missing`);
    if (entry.sizeBytes > DOCUMENT_BYTES_MAX) fail(`${path} is larger than ${DOCUMENT_BYTES_MAX} bytes`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of entryBytes(this.#source, entry)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }

  async #lines<T>(path: string): Promise<T[]> {
    const text = await this.#text(path);
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as T);
  }
}
