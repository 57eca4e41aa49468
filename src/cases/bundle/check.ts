/**
 * The check of a bundle, offline and without the node that made it, in a Node process and in a browser alike. Everything in a bundle is the
 * bringer's; what ties it together is the node's key, which the verifier compares with the one it knows (`expectedKey`), and the
 * ledger's proofs under one signed checkpoint.
 *
 * Checks go from the outside in, and the first that fails is the answer: archive form → manifests → signature → ledger → custody →
 * exhibits → findings → agreements. What is whole but worth knowing, such as what was withheld, comes as remarks.
 */
import { parseSignedAgreement, verifyAgreement } from '../../agreement/signatures.ts';
import { type SignedNotice, verifyNotice } from '../../agreement/signed-notice.ts';
import {
  canonicalJson,
  concatBytes,
  decodeBase64,
  decodeUtf8,
  isEntenteError,
  timestampNs,
  utf8,
} from '../../base/index.ts';
import {
  commit,
  encodeProofFile,
  SALT_BYTES,
  type VerifiedCheckpoint,
  verifyCheckpoint,
  verifyConsistency,
} from '../../ledger/index.ts';
import { ledgerKey, ledgerOrigin, thumbprint, witnessKey } from '../../registry/key-names.ts';
import { verifyStatement } from '../../registry/statements.ts';
import type { CustodyEvent } from '../custody-event.ts';
import type { Exhibit, FolderList } from '../exhibits.ts';
import {
  type AgreementFile,
  BUNDLE_VERSION,
  type CarriedChain,
  type CaseFile,
  type Consent,
  type CustodyLine,
  type FindingLine,
  type LeafLine,
  PATHS,
  parseManifest,
  type RunLine,
  type TimestampLine,
  type WitnessedFile,
} from './contents.ts';
import { checkCustody, checkOrigin, fail, ProvenLeaves } from './custody-check.ts';
import type { Platform } from './platform.ts';
import { type ByteSource, entryBytes, type PlacedEntry, readZip } from './zip.ts';

export interface Check {
  readonly name: string;
  /** What was counted: files, leaves, events. */
  readonly count: number;
}

/** A peer that saw this ledger, and when by its own clock. */
export interface Witnessing {
  readonly name: string;
  readonly kid: string;
  readonly at: string;
  /** How many leaves of the ledger it saw. */
  readonly leaves: number;
}

/** An authority that time-stamped this ledger. */
export interface Stamped {
  readonly authority: string;
  readonly at: string;
  /** How many leaves of the ledger it confirmed. */
  readonly leaves: number;
  /** SHA-256 of its certificate. */
  readonly certificate: string;
  /** Whether that leads to one which the verifier named. */
  readonly isTrusted: boolean;
}

export interface BundleVerdict {
  readonly ok: boolean;
  readonly case: string | null;
  readonly node: { readonly name: string; readonly kid: string } | null;
  readonly checks: readonly Check[];
  readonly witnesses: readonly Witnessing[];
  readonly timestamps: readonly Stamped[];
  /** What holds and should be known: withheld parts, permissions still to be asked for, evidence seen changed. */
  readonly remarks: readonly string[];
  /** The first thing that does not hold. */
  readonly cause: string | null;
}

export interface CheckOptions {
  /** The key of the node that the bundle must come from. */
  readonly expectedKey?: string;
  /** Certificates (DER) of time-stamping authorities that the verifier trusts; time-stamps must then lead to them. */
  readonly authorities?: readonly Uint8Array[];
  readonly onProgress?: (done: number, total: number) => void;
}

/** Documents that are read whole; custody, findings and leaves are read line by line. */
const DOCUMENT_BYTES_MAX = 256 * 1024 * 1024;
/** One line of those; the account of a run with 10,000 issues is the largest. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;
/** Clocks of two organisations may differ by this much before a time is taken for a lie. */
const CLOCK_TOLERANCE_NS = 600_000_000_000n;

/** @throws EntenteError for what cannot be read as a bundle at all; everything else is a verdict. */
export function checkBundle(
  source: ByteSource,
  platform: Platform,
  options: CheckOptions = {},
): Promise<BundleVerdict> {
  return new BundleCheck(source, platform, options).run();
}

class BundleCheck {
  readonly #source: ByteSource;
  readonly #platform: Platform;
  readonly #options: CheckOptions;
  readonly #checks: Check[] = [];
  readonly #remarks: string[] = [];
  readonly #witnesses: Witnessing[] = [];
  readonly #timestamps: Stamped[] = [];
  #entries = new Map<string, PlacedEntry>();
  /** SHA-256 of every file, computed from its bytes. */
  readonly #digests = new Map<string, string>();
  #caseFile: CaseFile | null = null;
  #leaves!: ProvenLeaves;

  constructor(source: ByteSource, platform: Platform, options: CheckOptions) {
    this.#source = source;
    this.#platform = platform;
    this.#options = options;
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
      // What is signed and still of the wrong shape fails here and there; each is a bundle that is not valid.
      if (
        isEntenteError(error) ||
        error instanceof SyntaxError ||
        error instanceof TypeError ||
        error instanceof RangeError
      )
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
      witnesses: this.#witnesses,
      timestamps: this.#timestamps,
      remarks: this.#remarks,
      cause,
    };
  }

  #passed(name: string, count: number): void {
    this.#checks.push({ name, count });
  }

  async #manifests(): Promise<void> {
    let done = 0;
    for (const [name, entry] of this.#entries) {
      const hash = this.#platform.sha256();
      let crc = 0;
      for await (const chunk of entryBytes(this.#source, entry)) {
        hash.update(chunk);
        crc = this.#platform.crc32(chunk, crc);
        done += chunk.length;
        this.#options.onProgress?.(done, this.#source.sizeBytes);
      }
      if (crc !== entry.crc32) fail(`${name}: its bytes are not those that were bundled (checksum)`);
      this.#digests.set(name, hash.hex());
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
    const file = await this.#json<CaseFile>(PATHS.case);
    const { node } = file;
    if (file.v !== BUNDLE_VERSION || node?.key?.x === undefined || thumbprint(node.key) !== node.kid)
      fail('data/case.json does not name the key of a node');
    const { expectedKey } = this.#options;
    if (expectedKey !== undefined && expectedKey !== node.kid) {
      fail(`the bundle is from node ${node.kid}, not from ${expectedKey}`);
    }
    const signed = await verifyStatement(await this.#text(PATHS.signature), 'bundle', node.key);
    if (signed['tagManifest'] !== this.#digests.get(PATHS.tagManifest) || signed['case'] !== file.case.id) {
      fail('the signature is over another bundle');
    }
    this.#caseFile = file;
    this.#passed('signature', 1);
  }

  async #ledger(): Promise<void> {
    const { node, witnesses, madeAt } = this.#caseFile!;
    const trust = {
      origin: ledgerOrigin(node.kid),
      logKeys: [ledgerKey(node.kid, node.key)],
      witnessKeys: witnesses.map((witness) => witnessKey(witness.kid, witness.key)),
      verify: this.#platform.verifyEd25519,
    };
    const text = await this.#text(PATHS.checkpoint);
    const checkpoint = await verifyCheckpoint(text, trust);
    this.#leaves = new ProvenLeaves(checkpoint);
    let proofFiles = 0;
    for await (const line of this.#lines<LeafLine>(PATHS.leaves)) {
      const proof = this.#leaves.add(line);
      if (!this.#entries.has(PATHS.proof(line.index))) continue;
      const file = encodeProofFile({ index: line.index, proof, checkpoint: text });
      if ((await this.#text(PATHS.proof(line.index))) !== file)
        fail(`${PATHS.proof(line.index)} is not the proof of leaf ${line.index}`);
      proofFiles++;
    }
    const found = [...this.#entries.keys()].filter((name) => name.startsWith('data/ledger/proofs/'));
    if (found.length !== proofFiles) fail('a proof file is about no leaf of this bundle');
    this.#witnessed(checkpoint);
    if (this.#entries.has(PATHS.witnessed)) {
      const { checkpoint: earlier, proof } = await this.#json<WitnessedFile>(PATHS.witnessed);
      const head = await verifyCheckpoint(earlier, trust);
      assertOneHistory(head, checkpoint, proof);
      this.#witnessed(head);
    }
    if (this.#entries.has(PATHS.timestamps))
      for await (const line of this.#lines<TimestampLine>(PATHS.timestamps)) {
        const head = await verifyCheckpoint(line.checkpoint, trust);
        assertOneHistory(head, checkpoint, line.proof);
        await this.#stamped(line, head.size);
      }
    if (this.#witnesses.length === 0)
      this.#remarks.push('no witness has cosigned this ledger; only its own node vouches for it');
    this.#times(madeAt);
    this.#passed('ledger', this.#leaves.size);
  }

  #witnessed(head: VerifiedCheckpoint): void {
    for (const { key, timeSeconds } of head.cosignatures) {
      const witness = this.#caseFile!.witnesses.find((one) => witnessKey(one.kid, one.key).name === key.name);
      this.#witnesses.push({
        name: witness?.name ?? key.name,
        kid: witness?.kid ?? '',
        at: new Date(timeSeconds * 1000).toISOString(),
        leaves: head.size,
      });
    }
  }

  async #stamped({ checkpoint, token }: TimestampLine, leaves: number): Promise<void> {
    const { at, authority, certificate, isTrusted } = await this.#platform.verifyTimestamp(
      decodeBase64(token) ?? fail('a time-stamp is no base64'),
      utf8(checkpoint),
      this.#options.authorities ?? [],
    );
    this.#timestamps.push({ authority, at, leaves, certificate, isTrusted });
    if (!isTrusted)
      this.#remarks.push(
        `the time-stamp of ${authority} is signed with the certificate ${certificate} (SHA-256), which was not compared with one that is known`,
      );
  }

  /** Nothing is in a ledger before it happened, nor in a bundle before that was made. */
  #times(madeAt: string): void {
    const made = timestampNs(madeAt);
    if (made === null) fail('data/case.json does not say when the bundle was made');
    for (const { index, at } of this.#leaves.times()) {
      const time = timestampNs(at)!;
      if (time > made + CLOCK_TOLERANCE_NS)
        fail(
          `leaf ${index} is of ${at}, later than the bundle says it was made (${madeAt}): one is back-dated`,
        );
      const seen = [
        ...this.#witnesses,
        ...this.#timestamps.map(({ authority: name, at, leaves }) => ({ name, at, leaves })),
      ];
      for (const one of seen) {
        if (index < one.leaves && time > timestampNs(one.at)! + CLOCK_TOLERANCE_NS)
          fail(`leaf ${index} is of ${at}, and ${one.name} had seen it at ${one.at}: a time was made up`);
      }
    }
  }

  async #custody(): Promise<void> {
    const { node, exhibits, case: file } = this.#caseFile!;
    if (!this.#leaves.texts('case-opened').has(canonicalJson(file)))
      fail('the case is not in the ledger as it stands here');
    const byExhibit = new Map<string, CustodyLine[]>(exhibits.map((exhibit) => [exhibit.id, []]));
    let last: string | null = null;
    for await (const line of this.#lines<CustodyLine>(PATHS.custody)) {
      const lines = byExhibit.get(line.exhibit);
      if (!lines || (lines.length > 0 && last !== line.exhibit))
        fail('a custody event is about no exhibit of this case, or out of order');
      lines.push(line);
      last = line.exhibit;
    }
    let count = 0;
    for (const exhibit of exhibits) {
      const events = await checkCustody(exhibit, byExhibit.get(exhibit.id)!, node, this.#leaves);
      count += events.length;
      this.#remarkOn(exhibit, events);
      const path = PATHS.carried(exhibit.id);
      const carried = this.#entries.has(path) ? await this.#json<CarriedChain>(path) : null;
      count += await checkOrigin(exhibit, events, carried, this.#platform.verifyEd25519);
    }
    this.#passed('custody', count);
  }

  #remarkOn(exhibit: Exhibit, events: readonly CustodyEvent[]): void {
    for (const event of events) {
      if (event.comparison === 'changed')
        this.#remarks.push(`exhibit ${exhibit.number} was found changed at ${event.at} (${event.id})`);
      if (event.type === 'dispose')
        this.#remarks.push(
          `exhibit ${exhibit.number} was disposed of at ${event.at} under ${event.authority}`,
        );
    }
  }

  async #exhibits(): Promise<void> {
    const { exhibits, withheld, totals, case: opened } = this.#caseFile!;
    const registered = this.#leaves.texts('exhibit-registered');
    const bytesWithheld = new Map(
      withheld.filter((one) => one.what === 'bytes').map((one) => [one.number, one.why]),
    );
    let files = 0;
    const belonging = new Set<string>();
    for (const exhibit of exhibits) {
      if (exhibit.caseId !== opened.id || !registered.has(canonicalJson(exhibit)))
        fail(`exhibit ${exhibit.number} is not registered in the ledger as it stands here`);
      for (const sha256 of await this.#blobsOf(exhibit)) {
        const path = PATHS.exhibit(sha256);
        belonging.add(path);
        const found = this.#digests.get(path);
        if (found === undefined && bytesWithheld.has(exhibit.number)) continue;
        if (found !== sha256) fail(`exhibit ${exhibit.number}: the bytes ${sha256} are missing or changed`);
        files++;
      }
    }
    for (const name of this.#entries.keys())
      if (name.startsWith('data/exhibits/') && !belonging.has(name)) fail(`${name} belongs to no exhibit`);
    const gone = withheld.filter((one) => one.what === 'exhibit').map((one) => one.number);
    const numbers = [...exhibits.map((exhibit) => exhibit.number), ...gone].sort((a, b) => a - b);
    if (numbers.length !== totals.exhibits || numbers.some((number, i) => number !== i + 1))
      fail(`the case has ${totals.exhibits} exhibits, and not all of them are here or named as withheld`);
    for (const { what, number, why } of withheld)
      this.#remarks.push(
        what === 'exhibit'
          ? `exhibit ${number} is withheld: ${why}`
          : `the bytes of exhibit ${number} are not in the bundle: ${why}`,
      );
    this.#passed('exhibits', files);
  }

  /** The list of a folder stands for its files; without the list, only itself is looked for. */
  async #blobsOf(exhibit: Exhibit): Promise<string[]> {
    const path = PATHS.exhibit(exhibit.sha256);
    if (exhibit.media === 'file' || !this.#entries.has(path)) return [exhibit.sha256];
    const list = await this.#json<FolderList>(path);
    return [exhibit.sha256, ...list.files.map((file) => file.sha256)];
  }

  async #findings(): Promise<void> {
    const runs = new Map<string, RunLine>();
    for await (const line of this.#lines<RunLine>(PATHS.runs)) {
      const { leaf, run } = line;
      if (runs.has(run.id) || run.case !== this.#caseFile!.case.id) fail(`run ${run.id} is of another case`);
      if (canonicalJson(this.#leaves.body(leaf, 'run')) !== canonicalJson(run))
        fail(`run ${run.id} is not the one in the ledger`);
      runs.set(run.id, line);
    }
    this.#derived(runs);
    const consents: Consent[] = [];
    for await (const consent of this.#lines<Consent>(PATHS.consents)) consents.push(consent);
    const used = consents.map(() => 0);
    const withheld = new Map<string, number>();
    const commitments = new Map([...runs.keys()].map((id) => [id, this.#platform.sha256()]));
    let count = 0;
    let disclosed = 0;
    const cited = new Set<string>();
    for await (const line of this.#lines<FindingLine>(PATHS.findings)) {
      const hash = commitments.get(line.run);
      if (!hash) fail('a finding names no run of this case');
      count++;
      if ('withheld' in line) {
        withheld.set(line.why, (withheld.get(line.why) ?? 0) + 1);
        hash.update(new TextEncoder().encode(`${line.withheld}\n`));
        continue;
      }
      disclosed++;
      if (line.finding.run !== line.run) fail('a finding names another run than its line');
      const salt = decodeBase64(line.salt);
      if (salt?.length !== SALT_BYTES) fail('a finding does not open its commitment');
      hash.update(new TextEncoder().encode(`${commit(salt, line.finding)}\n`));
      if (line.finding.agreement) cited.add(line.finding.agreement.id);
      if (line.consent === null) {
        if (line.finding.agreement !== null) fail('a finding has no consent of its contributor');
        continue;
      }
      const consent = consents[line.consent];
      if (!consent || consent.verdict === 'deny' || consent.contributorKey !== line.finding.contributorKey)
        fail('a finding is disclosed without the consent it needs');
      used[line.consent]!++;
    }
    for (const [id, { run }] of runs) {
      if (commitments.get(id)!.hex() !== run.output.commitments)
        fail(`the findings of run ${id} are not those it gave`);
    }
    const { totals } = this.#caseFile!;
    if (count !== totals.findings || runs.size !== totals.runs)
      fail(`the case has ${totals.findings} findings of ${totals.runs} runs, and not all of them are here`);
    for (const [i, consent] of consents.entries()) {
      if (consent.agreement) cited.add(consent.agreement.id);
      if (consent.verdict !== 'deny' && used[i] !== consent.findings)
        fail('the consents do not count the findings that are here');
      const words = consent.clauses.map((clause) => `${clause.words} (${clause.path})`).join('; ');
      if (consent.verdict === 'ask')
        this.#remarks.push(
          `${consent.findings} findings may be used as evidence only when ${consent.contributor} permits it: ${words}`,
        );
    }
    for (const [why, n] of withheld) this.#remarks.push(`${n} findings are withheld: ${why}`);
    this.#passed('findings', disclosed);
    await this.#agreements(cited);
  }

  /** A derived exhibit is what its run says it made, out of what the run says it read. */
  #derived(runs: ReadonlyMap<string, RunLine>): void {
    for (const { id, number, run: runId, parent, sha256 } of this.#caseFile!.exhibits) {
      if (runId === null) continue;
      const { inputs, output } =
        runs.get(runId)?.run ?? fail(`the run that derived exhibit ${number} is missing`);
      const made = output.exhibits?.find((one) => one.exhibit === id);
      const read = inputs.find((one) => one.exhibit === parent?.id);
      if (made?.sha256 !== sha256 || made.from !== parent?.id || read?.sha256 !== parent.sha256)
        fail(`exhibit ${number} is not what run ${runId} derived`);
    }
  }

  async #agreements(ids: ReadonlySet<string>): Promise<void> {
    for (const id of ids) {
      const { signed, notices } = await this.#json<AgreementFile>(PATHS.agreement(id));
      const verified = await verifyAgreement(parseSignedAgreement(signed));
      if (!verified.complete || verified.agreement.id !== id)
        fail(`agreement ${id} is not signed by all its parties`);
      for (const notice of notices) {
        const [issue] = await verifyNotice(verified.agreement, notice as SignedNotice);
        if (issue) fail(`a notice on agreement ${id} does not count: ${issue.message}`);
      }
    }
    this.#passed('agreements', ids.size);
  }

  async #json<T>(path: string): Promise<T> {
    return JSON.parse(await this.#text(path)) as T;
  }

  async #text(path: string): Promise<string> {
    const entry = this.#entry(path);
    if (entry.sizeBytes > DOCUMENT_BYTES_MAX) fail(`${path} is larger than ${DOCUMENT_BYTES_MAX} bytes`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of entryBytes(this.#source, entry)) chunks.push(chunk);
    return decodeUtf8(concatBytes(chunks));
  }

  #entry(path: string): PlacedEntry {
    return this.#entries.get(path) ?? fail(`${path} is missing`);
  }

  async *#lines<T>(path: string): AsyncGenerator<T> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of entryBytes(this.#source, this.#entry(path))) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop()!;
      if (rest.length > LINE_BYTES_MAX) fail(`${path} has a line of more than ${LINE_BYTES_MAX} bytes`);
      for (const line of lines) yield JSON.parse(line) as T;
    }
    if (rest !== '') fail(`${path} ends in the middle of a line`);
  }
}

/** Two heads of one ledger: the larger continues the smaller. @throws EntenteError `verification-failed` */
function assertOneHistory(a: VerifiedCheckpoint, b: VerifiedCheckpoint, proof: readonly string[]): void {
  const [older, newer] = a.size <= b.size ? [a, b] : [b, a];
  verifyConsistency({
    oldSize: older.size,
    oldRoot: older.root,
    newSize: newer.size,
    newRoot: newer.root,
    proof: proof.map((hash) => decodeBase64(hash) ?? fail('a proof of consistency is no base64')),
  });
}
