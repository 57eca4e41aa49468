/**
 * What an expert does from a seat: reading exhibits, running tools, seeing results; and what the owner does about it. The desk says whether, the case
 * room does it and keeps custody. A crash between the two leaves a reading or run whose custody event names the seat as its authority,
 * without the act in the seat's own record.
 */
import { EntenteError, isEntenteError } from '../base/index.ts';
import {
  type Circumstances,
  findingsOfRun,
  findRun,
  type Range,
  type Reading,
  type RerunReport,
  type RunRecord,
  readExhibit,
  readRules,
  requireCase,
  requireExhibit,
  rerunTool,
} from '../cases/index.ts';
import {
  admit,
  assertUsableSeat,
  denied,
  type Holder,
  type KeptSeatAct,
  recordingRefusal,
  recordSeatAct,
  requireRequest,
  requireSeat,
  runsFrom,
  type Seat,
  type SeatAct,
  type SeatRun,
  seatRecord,
} from '../desk/index.ts';
import type { Registry } from '../registry/index.ts';
import { executeRun, orderRun, type RunOrder, type RunWish } from './runs.ts';
import { mayReadDerived, type ShownFinding, shownFindings } from './seat-results.ts';

const saidBy = (seat: Seat): Circumstances => ({
  person: seat.expert,
  role: 'expert',
  purpose: seat.purpose,
  authority: `${seat.id}, under ${seat.clause}`,
});

/** The custody event and the act of the seat are durable before the first byte is given out. */
export async function readThroughSeat(
  registry: Registry,
  holder: Holder,
  exhibitNumber: number,
  range: Range,
): Promise<Reading> {
  const seat = await admit(registry, holder, { exhibit: exhibitNumber });
  const exhibit = await requireExhibit(registry, seat.case, String(exhibitNumber));
  const reading = await readExhibit(registry, exhibit, range, saidBy(seat));
  await registry.db.transaction((tx) =>
    recordSeatAct(tx, registry, seat.id, 'read', seat.expert, {
      exhibit: exhibitNumber,
      file: reading.file.name,
      offset: reading.offset,
      length: reading.length,
      sha256: reading.sha256,
    }),
  );
  return reading;
}

export interface SeenRun {
  readonly run: RunRecord;
  readonly findings: readonly ShownFinding[];
  /** Findings that rest on intelligence which may not cross to the expert's organisation, or beyond what is shown at once. */
  readonly withheld: number;
}

/** A run that the seat names, or that was made from it. */
export async function seeRunThroughSeat(registry: Registry, holder: Holder, runId: string): Promise<SeenRun> {
  const seat = await admit(registry, holder, { run: runId });
  const { record, leafIndex } = await findRun(registry, runId);
  if (record.case !== seat.case) throw new EntenteError('not-found', 'the case has no such run');
  const request = await requireRequest(registry.db, seat.request);
  const all = (await findingsOfRun(registry, runId)).map(({ finding }) => finding);
  const findings = await shownFindings(registry, request, record, all);
  const withheld = all.length - findings.length;
  await registry.db.transaction((tx) =>
    recordSeatAct(tx, registry, seat.id, 'run-seen', seat.expert, {
      run: runId,
      leaf: leafIndex,
      findings: findings.length,
      withheld,
    }),
  );
  return { run: record, findings, withheld };
}

/** The holder's own seat, and what became of the runs that were asked for. */
export async function seatOfHolder(
  registry: Registry,
  holder: Holder,
): Promise<{ readonly seat: Seat; readonly runs: readonly SeatRun[] }> {
  const seat = await admit(registry, holder, null);
  return { seat, runs: await runsFrom(registry.db, seat) };
}

/** Makes a run that was asked for and may be made now; hours may pass. */
export type MakeRun = (onProgress?: (done: number, total: number) => void) => Promise<RunRecord>;

export interface RunAsked {
  readonly act: SeatAct;
  /** Null while the owner is asked. */
  readonly make: MakeRun | null;
}

/** Runs that may wait for the owner at once; a person decides each. */
const WAITING_MAX = 20;

/**
 * Asks for a run over one exhibit: any that the owner's own people can make. Without supervision it may be made at once.
 * @throws EntenteError as `admit` and `orderRun` do; `agreement-denied` citing `seat.waiting` when too many wait
 */
export async function askRunThroughSeat(
  registry: Registry,
  holder: Holder,
  exhibitNumber: number,
  wish: RunWish,
): Promise<RunAsked> {
  const use = { exhibit: exhibitNumber };
  const seat = await admit(registry, holder, use);
  const order = await recordingRefusal(registry, seat, use, async () => {
    const waiting = (await runsFrom(registry.db, seat)).filter(({ state }) => state === 'waiting');
    if (seat.supervised && waiting.length >= WAITING_MAX)
      throw denied('seat.waiting', { key: 'seat-waiting', values: { waiting: WAITING_MAX } });
    return orderRun(registry, wish);
  });
  const act = await registry.db.transaction((tx) =>
    recordSeatAct(tx, registry, seat.id, 'run-asked', seat.expert, { exhibit: exhibitNumber, ...order }),
  );
  return { act, make: seat.supervised ? null : make(registry, seat, act) };
}

/**
 * The owner's yes or no to a run that was asked for. What is made is what was asked for: rules and package are named by digest.
 * @throws EntenteError `conflict` when it was decided before; `agreement-denied` when the seat has ended since
 */
export async function decideSeatRun(
  registry: Registry,
  seatId: string,
  actId: string,
  approve: boolean,
  person: string,
): Promise<MakeRun | null> {
  const seat = await requireSeat(registry.db, seatId);
  const asked = (await seatRecord(registry, seat.id)).find(
    ({ id, kind }) => id === actId && kind === 'run-asked',
  );
  if (!asked || !seat.supervised)
    throw new EntenteError('not-found', 'the seat has no such run to decide on');
  if (approve) await assertUsableSeat(registry, seat);
  await registry.db.transaction(async (tx) => {
    // Read again inside: two people may decide at once.
    const run = (await runsFrom(tx, seat)).find((one) => one.asked.id === actId);
    if (run?.state !== 'waiting') throw new EntenteError('conflict', 'this run was decided on before');
    await recordSeatAct(tx, registry, seat.id, approve ? 'run-approved' : 'run-denied', person, {
      asked: actId,
    });
  });
  return approve ? make(registry, seat, asked) : null;
}

/** The rules that a run was asked for with, for whoever decides on it; empty for a run without rules. */
export async function rulesAsked(
  registry: Registry,
  seatId: string,
  actId: string,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const seat = await requireSeat(registry.db, seatId);
  const run = (await runsFrom(registry.db, seat)).find(({ asked }) => asked.id === actId);
  if (!run) throw new EntenteError('not-found', 'no such run was asked for from the seat');
  const digest = run.asked.details['rules'];
  return typeof digest === 'string' ? readRules(registry, digest) : [];
}

/** Said of a failure in the record; the whole message goes to who asked. */
const WHY_MAX = 500;

function make(registry: Registry, seat: Seat, asked: SeatAct): MakeRun {
  const record = (kind: 'run-done' | 'run-failed', details: Readonly<Record<string, unknown>>) =>
    registry.db.transaction((tx) =>
      recordSeatAct(tx, registry, seat.id, kind, seat.expert, { asked: asked.id, ...details }),
    );
  return async (onProgress) => {
    const { exhibit: number, ...order } = asked.details as unknown as RunOrder & { exhibit: number };
    let run: RunRecord;
    try {
      const file = await requireCase(registry, seat.case);
      const exhibit = await requireExhibit(registry, seat.case, String(number));
      const options = { ...saidBy(seat), ...(onProgress ? { onProgress } : {}) };
      ({ record: run } = await executeRun(registry, file, [exhibit], order, options));
    } catch (error) {
      const known = isEntenteError(error);
      const why = known ? `${error.code}: ${error.message}`.slice(0, WHY_MAX) : 'it was stopped';
      await record('run-failed', { why });
      throw error;
    }
    const request = await requireRequest(registry.db, seat.request);
    const outputs = run.output.exhibits ?? [];
    await record('run-done', {
      run: run.id,
      findings: run.output.findings,
      commitments: run.output.commitments,
      derived: mayReadDerived(request, run)
        ? outputs.map(({ exhibit: id, number: n, name }) => ({ id, number: n, name }))
        : [],
    });
    return run;
  };
}

export interface ReplayedAct extends KeptSeatAct {
  /** For a run: what came when it was executed again. */
  readonly again?: RerunReport;
}

/** The session step by step, its chain verified, and each of its runs executed again. */
export async function replaySeat(registry: Registry, seatId: string, person: string): Promise<ReplayedAct[]> {
  const seat = await requireSeat(registry.db, seatId);
  const steps: ReplayedAct[] = [];
  for (const act of await seatRecord(registry, seat.id)) {
    const run = act.kind === 'run-done' ? String(act.details['run']) : null;
    steps.push(
      run === null
        ? act
        : { ...act, again: await rerunTool(registry, run, { person, purpose: `replay of ${seat.id}` }) },
    );
  }
  await registry.db.transaction((tx) =>
    recordSeatAct(tx, registry, seat.id, 'replayed', person, { acts: steps.length }),
  );
  return steps;
}
