/** Making a bundle: everything about a case that an outsider needs to check it, in one file with one byte form. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { encodeSignedAgreement } from '../../agreement/index.ts';
import { EntenteError, EXERCISE_MARK, isExercise } from '../../base/index.ts';
import { consistencyProof, encodeProofFile } from '../../ledger/index.ts';
import {
  appendLeaf,
  cosignedCheckpoint,
  currentCheckpoint,
  findAgreement,
  findPeer,
  hashReader,
  listTimestamps,
  listWitnesses,
  proveLeaf,
  type Registry,
  signStatement,
} from '../../registry/index.ts';
import type { Blobs } from '../../store/index.ts';
import { carriedCustody, custodyLines, earlierEvents } from '../carried.ts';
import type { Case } from '../cases.ts';
import { appendCustodyEvent, decodeEvent } from '../custody.ts';
import type { Circumstances } from '../custody-event.ts';
import { blobsOf, digestsOf, disposedExhibits, type Exhibit, listExhibits } from '../exhibits.ts';
import { commitmentOf, listSaltedFindings, type SaltedFinding } from '../findings.ts';
import { listRuns } from '../runs.ts';
import { thisTool } from '../tool.ts';
import { vaultOf } from '../vault.ts';
import { caseUco } from './case-uco.ts';
import { type ClassOf, decideEvidenceUse, type EvidenceUse } from './consent.ts';
import {
  type AgreementFile,
  BAG_DECLARATION,
  BUNDLE_VERSION,
  type CarriedChain,
  type CaseFile,
  type CustodyLine,
  encodeManifest,
  type FindingLine,
  type LeafLine,
  type NodeName,
  PATHS,
  type RunLine,
  type TimestampLine,
  type Withheld,
} from './contents.ts';
import { assertAbsent, blobPart, jsonPart, linesPart, type Part, textPart, writeWhole } from './parts.ts';
import { renderReport } from './report/report.ts';
import { REPORT_LANGUAGES } from './report/words/index.ts';
import { encodeZip } from './zip.ts';

export interface BundleOptions {
  /** Digests of the exhibits, not their bytes. */
  readonly digestsOnly?: boolean;
  readonly withhold?: readonly Withheld[];
  /** Tells the release class of a peer's intelligence; without it, nothing that a peer contributed is disclosed. */
  readonly classOf?: ClassOf;
  /** Puts the page that verifies it into the bundle, and beside it. */
  readonly page?: boolean;
  /** Has the ledger time-stamped when all that the bundle is about is in it. Given by whoever may use the network. */
  readonly stamp?: () => Promise<unknown>;
  /** Who makes the bundle and why; goes into the custody of every exhibit of which bytes leave. */
  readonly said?: Circumstances;
}

export interface BundleReport {
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly exhibits: number;
  readonly findings: number;
  /** Findings that are withheld, for what reason ever. */
  readonly withheldFindings: number;
  readonly leaves: number;
  readonly witnesses: readonly string[];
  /** Time-stamps of authorities that go along. */
  readonly timestamps: number;
  /** The page beside the bundle; null when none was asked for. */
  readonly page: string | null;
}

/** Everything the bundle says, before it becomes files. */
export interface BundleContents {
  readonly caseFile: CaseFile;
  readonly custody: readonly CustodyLine[];
  readonly carried: ReadonlyMap<string, CarriedChain>;
  readonly runs: readonly RunLine[];
  readonly findings: readonly FindingLine[];
  readonly use: EvidenceUse;
  readonly agreements: ReadonlyMap<string, AgreementFile>;
}

const SAID: Circumstances = { person: 'not named', purpose: 'a bundle that others can verify' };

/** At most this many proofs are put in as files of their own too; all are in leaves.jsonl. */
const PROOF_FILES_MAX = 10_000;

/** Writes the bundle beside its final name and renames it when it is whole and flushed. */
export async function makeBundle(
  registry: Registry,
  file: Case,
  out: string,
  options: BundleOptions = {},
): Promise<BundleReport> {
  await assertAbsent(out); // before hours of work, and before anything is recorded
  const page = options.page ? verifyPage() : null;
  const pageFile = page === null ? null : pagePath(out);
  if (pageFile !== null && !(await isPage(pageFile, page!))) await assertAbsent(pageFile);
  const all = await listExhibits(registry, file.id);
  const withheld = await withholding(registry, file, all, options);
  const hidden = new Set(withheld.filter((one) => one.what === 'exhibit').map((one) => one.number));
  const bytesHidden = new Set(withheld.filter((one) => one.what === 'bytes').map((one) => one.number));
  const exhibits = all.filter((exhibit) => !hidden.has(exhibit.number));

  const blobs: Part[] = [];
  const copied = exhibits.filter((exhibit) => !bytesHidden.has(exhibit.number));
  for (const [sha256, vault] of await blobsToCopy(registry, exhibits, bytesHidden))
    blobs.push(await blobPart(vault, sha256));
  await recordCopies(registry, copied, options.said ?? SAID);
  await options.stamp?.();

  const contents = await gather(registry, file, all, exhibits, withheld, options);
  const { parts, leaves, size, timestamps } = await partsOf(registry, contents);
  const signed = await bag(registry, contents.caseFile, [...parts, ...blobs], page, size);
  const written = await writeWhole(out, encodeZip(signed));
  if (pageFile !== null && !(await isPage(pageFile, page!)))
    await writeWhole(pageFile, textPart(PATHS.page, page!).open());
  await registry.db.transaction((tx) =>
    appendLeaf(tx, registry.clock, 'bundle', { case: file.id, sha256: written.sha256 }),
  );
  const disclosed = contents.findings.filter((line) => 'finding' in line).length;
  return {
    file: out,
    ...written,
    exhibits: exhibits.length,
    findings: disclosed,
    withheldFindings: contents.findings.length - disclosed,
    leaves,
    witnesses: contents.caseFile.witnesses.map((witness) => witness.name),
    timestamps,
    page: pageFile,
  };
}

/** The same bytes for every bundle, so that one who has it from elsewhere need not trust the bringer's. */
function verifyPage(): string {
  return readFileSync(new URL('./page/verify.htm', import.meta.url), 'utf8');
}

/** Whether the page beside an earlier bundle is this one. */
const isPage = (path: string, page: string) =>
  readFile(path, 'utf8').then(
    (text) => text === page,
    () => false,
  );

const pagePath = (out: string) => `${out.replace(/\.zip$/i, '')}.verify.html`;

/** What is asked to be withheld, with what is gone anyway. @throws EntenteError `not-found`, `usage` */
async function withholding(
  registry: Registry,
  file: Case,
  exhibits: readonly Exhibit[],
  { withhold = [], digestsOnly }: BundleOptions,
): Promise<Withheld[]> {
  const byNumber = new Map<number, Withheld>();
  const disposed = await disposedExhibits(registry, file.id);
  for (const { id, number } of exhibits) {
    const at = disposed.get(id);
    if (at !== undefined) byNumber.set(number, { what: 'bytes', number, why: `disposed of at ${at}` });
    else if (digestsOnly)
      byNumber.set(number, { what: 'bytes', number, why: 'the bundle was made with digests only' });
  }
  for (const one of withhold) {
    if (!exhibits.some((exhibit) => exhibit.number === one.number))
      throw new EntenteError('not-found', `the case has no exhibit ${one.number} to withhold`);
    if (one.why.trim() === '') throw new EntenteError('usage', `say why exhibit ${one.number} is withheld`);
    const before = byNumber.get(one.number);
    if (!before || one.what === 'exhibit') byNumber.set(one.number, one);
  }
  return [...byNumber.values()].sort((a, b) => a.number - b.number);
}

/** Of exhibits without bytes, the lists of folders still go along: they are digests. */
async function blobsToCopy(
  registry: Registry,
  exhibits: readonly Exhibit[],
  bytesHidden: ReadonlySet<number>,
): Promise<[sha256: string, vault: Blobs][]> {
  const disposed = await disposedExhibits(registry, exhibits[0]?.caseId ?? '');
  const places = new Map<string, Blobs>();
  for (const exhibit of exhibits) {
    if (disposed.has(exhibit.id)) continue;
    const vault = await vaultOf(registry, exhibit);
    if (!bytesHidden.has(exhibit.number))
      for (const sha256 of await blobsOf(registry.db, exhibit.id)) places.set(sha256, vault);
    else if (exhibit.media === 'folder') places.set(exhibit.sha256, vault);
  }
  return [...places].sort(([a], [b]) => (a < b ? -1 : 1));
}

async function recordCopies(
  registry: Registry,
  exhibits: readonly Exhibit[],
  said: Circumstances,
): Promise<void> {
  await registry.db.transaction(async (tx) => {
    for (const exhibit of exhibits) {
      const digests = digestsOf(exhibit);
      await appendCustodyEvent(tx, registry, exhibit, {
        type: 'copy',
        said,
        before: digests,
        after: { ...digests, blake3: null }, // every blob was hashed again just now
        tool: thisTool('evidence bundle'),
        inputs: [exhibit.sha256],
        outputs: [exhibit.sha256],
      });
    }
  });
}

async function gather(
  registry: Registry,
  file: Case,
  all: readonly Exhibit[],
  exhibits: readonly Exhibit[],
  withheld: readonly Withheld[],
  { classOf }: BundleOptions,
): Promise<BundleContents> {
  const custody: CustodyLine[] = [];
  const carried = new Map<string, CarriedChain>();
  for (const exhibit of exhibits) {
    custody.push(...(await custodyLines(registry, exhibit)));
    const chain = await carriedCustody(registry.db, exhibit.id);
    if (chain) carried.set(exhibit.id, chain);
  }
  const runs: RunLine[] = (await listRuns(registry, file.id)).map(({ record, leafIndex }) => ({
    leaf: leafIndex,
    run: record,
  }));
  const salted = await listSaltedFindings(registry, file.id);
  const use = await decideEvidenceUse(
    registry,
    file,
    salted.map(({ finding }) => finding),
    classOf,
  );
  const findings = salted.map((one, i) => findingLine(one, use.of[i]!, use, withheld));
  const caseFile: CaseFile = {
    v: BUNDLE_VERSION,
    case: file,
    node: { name: registry.name, kid: registry.identity.kid, key: registry.identity.publicJwk },
    witnesses: await witnessesOf(registry),
    exhibits,
    withheld,
    totals: { exhibits: all.length, runs: runs.length, findings: findings.length },
    madeAt: registry.clock().toISOString(),
  };
  const disclosed = findings.flatMap((line) => ('finding' in line ? [line.finding] : []));
  const cited = new Set([
    ...disclosed.flatMap((finding) => (finding.agreement ? [finding.agreement.id] : [])),
    ...use.consents.flatMap((consent) => (consent.agreement ? [consent.agreement.id] : [])),
  ]);
  const agreements = new Map<string, AgreementFile>();
  for (const id of [...cited].sort()) {
    const held = await findAgreement(registry.db, id, caseFile.madeAt);
    const { agreement, signatures } = held.verified;
    const signed = JSON.parse(encodeSignedAgreement({ agreement, signatures })) as unknown;
    agreements.set(id, { signed, notices: held.notices });
  }
  return { caseFile, custody, carried, runs, findings, use: countDisclosed(use, findings), agreements };
}

function findingLine(
  salted: SaltedFinding,
  consent: number | null,
  use: EvidenceUse,
  withheld: readonly Withheld[],
): FindingLine {
  const { finding, salt } = salted;
  const hide = (why: string): FindingLine => ({ run: finding.run, withheld: commitmentOf(salted), why });
  const exhibit = withheld.find((one) => one.what === 'exhibit' && one.number === finding.exhibitNumber);
  if (exhibit) return hide(`its exhibit is withheld: ${exhibit.why}`);
  if (consent !== null) {
    const { verdict, clauses } = use.consents[consent]!;
    if (verdict === 'deny') return hide(clauses.map(({ path, words }) => `${words} (${path})`).join('; '));
  }
  return { run: finding.run, salt: Buffer.from(salt).toString('base64'), finding, consent };
}

/** Consents count what is disclosed under them; those that deny, what is left out. */
function countDisclosed(use: EvidenceUse, lines: readonly FindingLine[]): EvidenceUse {
  const counts = use.consents.map((consent) => (consent.verdict === 'deny' ? consent.findings : 0));
  for (const line of lines) if ('finding' in line && line.consent !== null) counts[line.consent]!++;
  return { ...use, consents: use.consents.map((consent, i) => ({ ...consent, findings: counts[i]! })) };
}

async function witnessesOf(registry: Registry): Promise<NodeName[]> {
  const witnesses: NodeName[] = [];
  for (const { witness, size } of await listWitnesses(registry)) {
    const peer = size === null ? null : await findPeer(registry.db, witness);
    if (peer) witnesses.push({ name: peer.name, kid: peer.kid, key: peer.witnessJwk });
  }
  return witnesses;
}

async function partsOf(
  registry: Registry,
  contents: BundleContents,
): Promise<{ parts: Part[]; leaves: number; size: number; timestamps: number }> {
  const { caseFile, custody, carried, runs, findings, use, agreements } = contents;
  const needed = [
    ...(await registrationLeaves(registry, contents)),
    ...custody.map((line) => line.leaf),
    ...runs.map((line) => line.leaf),
  ];
  const indexes = [...new Set(needed)].sort((a, b) => a - b);
  const { checkpoint, size, witnessed } = await headOver(registry, indexes.at(-1) ?? 0);
  const timestamps = await timestampLines(registry, indexes[0] ?? 0, size);
  const leaves: LeafLine[] = [];
  for (const index of indexes) leaves.push(await proveLeaf(registry, index, size));
  const events = custody.map((line) => ({
    exhibit: line.exhibit,
    node: null,
    leaf: line.leaf,
    event: decodeEvent(line.event),
  }));
  const earlier = [...carried].flatMap(([exhibit, chain]) =>
    earlierEvents(chain).map(({ node, leafIndex, event }) => ({ exhibit, node, leaf: leafIndex, event })),
  );
  const proofFiles = leaves
    .slice(0, PROOF_FILES_MAX)
    .map(({ index, proof }) =>
      textPart(
        PATHS.proof(index),
        encodeProofFile({ index, proof: proof.map((hash) => Buffer.from(hash, 'base64')), checkpoint }),
      ),
    );
  const parts = [
    jsonPart(PATHS.case, caseFile),
    linesPart(PATHS.custody, custody),
    ...[...carried].map(([id, chain]) => jsonPart(PATHS.carried(id), chain)),
    linesPart(PATHS.runs, runs),
    linesPart(PATHS.findings, findings),
    linesPart(PATHS.consents, use.consents),
    ...[...agreements].map(([id, agreement]) => jsonPart(PATHS.agreement(id), agreement)),
    ...REPORT_LANGUAGES.map((language) =>
      textPart(
        PATHS.report(language),
        renderReport(
          { caseFile, events: [...earlier, ...events], runs, findings, consents: use.consents },
          language,
        ),
      ),
    ),
    jsonPart(
      PATHS.caseUco,
      caseUco({
        caseFile,
        events: events.map(({ event }) => event),
        runs: runs.map((line) => line.run),
        findings: findings.flatMap((line) => ('finding' in line ? [line.finding] : [])),
      }),
    ),
    textPart(PATHS.checkpoint, checkpoint),
    ...(witnessed ? [jsonPart(PATHS.witnessed, witnessed)] : []),
    ...(timestamps.length > 0 ? [linesPart(PATHS.timestamps, timestamps)] : []),
    linesPart(PATHS.leaves, leaves),
    ...proofFiles,
  ];
  return { parts, leaves: leaves.length, size, timestamps: timestamps.length };
}

/** The leaves that opened the case and registered its exhibits. A registration is followed by the exhibit's first custody event. */
async function registrationLeaves(
  registry: Registry,
  { caseFile, custody }: BundleContents,
): Promise<number[]> {
  const rows = await registry.db.all<{ idx: number; body: string }>(
    `SELECT idx, body FROM ledger_leaf WHERE kind = 'case-opened' AND body IS NOT NULL ORDER BY idx`,
  );
  const opened = rows.filter((row) => (JSON.parse(row.body) as { id?: unknown }).id === caseFile.case.id);
  const first = custody.filter((line) => line.seq === 1);
  return [...opened.map((row) => row.idx), ...first.map((line) => line.leaf - 1)];
}

/** The head that witnesses cosigned when it covers all that is needed; else the present one, with the proof that it continues theirs. */
async function headOver(registry: Registry, lastLeaf: number) {
  const cosigned = await cosignedCheckpoint(registry);
  if (cosigned && cosigned.size > lastLeaf) return { ...cosigned, witnessed: null };
  const checkpoint = await currentCheckpoint(registry);
  const size = Number(checkpoint.split('\n')[1]);
  if (!cosigned) return { checkpoint, size, witnessed: null };
  const proof = await consistencyProof(cosigned.size, size, hashReader(registry.db));
  return {
    checkpoint,
    size,
    witnessed: {
      checkpoint: cosigned.checkpoint,
      proof: proof.map((hash) => Buffer.from(hash).toString('base64')),
    },
  };
}

/** The newest; a case that is stamped more often than this is as well covered by them. */
const TIMESTAMPS_MAX = 100;

/** Those that confirm at least the first leaf of the case. */
async function timestampLines(registry: Registry, firstLeaf: number, size: number): Promise<TimestampLine[]> {
  const stamps = (await listTimestamps(registry.db)).filter((stamp) => stamp.size > firstLeaf);
  const lines: TimestampLine[] = [];
  for (const { size: stamped, note, token } of stamps.slice(-TIMESTAMPS_MAX)) {
    const [older, newer] = [Math.min(stamped, size), Math.max(stamped, size)];
    const proof = await consistencyProof(older, newer, hashReader(registry.db));
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    lines.push({ checkpoint: note, token: base64(token), proof: proof.map(base64) });
  }
  return lines;
}

/** BagIt around the payload, and the node's signature over all of it. */
async function bag(
  registry: Registry,
  { case: file, madeAt }: CaseFile,
  payload: readonly Part[],
  page: string | null,
  leaves: number,
): Promise<Part[]> {
  const digests = (parts: readonly Part[]) => new Map(parts.map((part) => [part.name, part.sha256]));
  const bytes = payload.reduce((sum, part) => sum + part.sizeBytes, 0);
  const tags = [
    textPart(PATHS.declaration, BAG_DECLARATION),
    textPart(
      PATHS.info,
      `Bagging-Date: ${madeAt.slice(0, 10)}\nExternal-Identifier: ${file.id}\nPayload-Oxum: ${bytes}.${payload.length}\n${
        isExercise(file.name) ? `External-Description: ${EXERCISE_MARK}\n` : ''
      }`,
    ),
    textPart(PATHS.manifest, encodeManifest(digests(payload))),
    ...(page === null ? [] : [textPart(PATHS.page, page)]),
  ];
  const tagManifest = textPart(PATHS.tagManifest, encodeManifest(digests(tags)));
  const statement = { case: file.id, tagManifest: tagManifest.sha256, leaves };
  const signature = await signStatement(registry.identity, 'bundle', statement);
  return [...payload, ...tags, tagManifest, textPart(PATHS.signature, signature)];
}
