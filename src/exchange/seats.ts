/**
 * What an expert does from a seat: reading exhibits, seeing runs, running tools; and what the owner does about it. The desk says whether, the case
 * room does it and keeps custody. A crash between the two leaves a reading or run whose custody event names the seat as its authority,
 * without the act in the seat's own record.
 */
import { EntenteError } from '../base/index.ts';
import {
  type Circumstances,
  listCases,
  listRuns,
  type Range,
  type Reading,
  type RerunReport,
  type RunRecord,
  readExhibit,
  requireExhibit,
  rerunTool,
  runMatch,
} from '../cases/index.ts';
import {
  admit,
  assertInForce,
  type KeptSeatAct,
  recordSeatAct,
  requireSeat,
  type Seat,
  type SeatAct,
  seatRecord,
} from '../desk/index.ts';
import { usableIndicators } from '../intel/index.ts';
import type { Registry } from '../registry/index.ts';

/** The tools that can be run from a seat. */
export const SEAT_TOOLS = ['match'] as const;

const saidBy = (seat: Seat): Circumstances => ({
  person: seat.expert,
  role: 'expert',
  purpose: seat.purpose,
  authority: `${seat.id}, under ${seat.clause}`,
});

/** The custody event and the act of the seat are durable before the first byte is given out. */
export async function readThroughSeat(
  registry: Registry,
  token: string,
  exhibitNumber: number,
  range: Range,
): Promise<Reading> {
  const seat = await admit(registry, token, { exhibit: exhibitNumber });
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

export async function seeRunThroughSeat(
  registry: Registry,
  token: string,
  runId: string,
): Promise<RunRecord> {
  const seat = await admit(registry, token, { run: runId });
  const found = (await listRuns(registry, seat.case)).find(({ record }) => record.id === runId);
  if (!found) throw new EntenteError('not-found', 'the case has no such run');
  await registry.db.transaction((tx) =>
    recordSeatAct(tx, registry, seat.id, 'run-seen', seat.expert, { run: runId, leaf: found.leafIndex }),
  );
  return found.record;
}

export interface RunAsked {
  readonly act: SeatAct;
  /** The run, when it was made at once; null while the owner is asked. */
  readonly run: RunRecord | null;
}

/** Asks for a run over one exhibit. Without supervision it executes at once. */
export async function askRunThroughSeat(
  registry: Registry,
  token: string,
  exhibitNumber: number,
  tool: string,
): Promise<RunAsked> {
  const seat = await admit(registry, token, { exhibit: exhibitNumber });
  if (!SEAT_TOOLS.includes(tool as never))
    throw new EntenteError('usage', `from a seat these tools can be run: ${SEAT_TOOLS.join(', ')}`);
  const act = await registry.db.transaction((tx) =>
    recordSeatAct(tx, registry, seat.id, 'run-asked', seat.expert, { exhibit: exhibitNumber, tool }),
  );
  return { act, run: seat.supervised ? null : await execute(registry, seat, act) };
}

/** The owner's yes or no to a run that was asked for. @throws EntenteError `conflict` when it was decided before; `agreement-denied` when the seat has ended since */
export async function decideSeatRun(
  registry: Registry,
  seatId: string,
  actId: string,
  approve: boolean,
  person: string,
): Promise<RunRecord | null> {
  const seat = await requireSeat(registry.db, seatId);
  const record = await seatRecord(registry, seat.id);
  const asked = record.find(({ id, kind }) => id === actId && kind === 'run-asked');
  if (!asked) throw new EntenteError('not-found', 'the seat has no such run to decide on');
  if (approve) assertInForce(seat, registry.clock());
  await registry.db.transaction(async (tx) => {
    // Read again inside: two people may decide at once.
    const done = await tx.all<{ act: string }>(
      "SELECT act FROM seat_act WHERE seat_id = ? AND kind IN ('run-approved', 'run-denied', 'run-done')",
      seat.id,
    );
    const decided = done.some(({ act }) =>
      Buffer.from(act.split('.')[1]!, 'base64url').includes(`"asked":"${actId}"`),
    );
    if (decided) throw new EntenteError('conflict', 'this run was decided on before');
    await recordSeatAct(tx, registry, seat.id, approve ? 'run-approved' : 'run-denied', person, {
      asked: actId,
    });
  });
  return approve ? execute(registry, seat, asked) : null;
}

async function execute(registry: Registry, seat: Seat, asked: SeatAct): Promise<RunRecord> {
  const file = (await listCases(registry)).find(({ id }) => id === seat.case)!;
  const exhibit = await requireExhibit(registry, seat.case, String(asked.details['exhibit']));
  const { sources } = await usableIndicators(registry, file.openedAt);
  const { record } = await runMatch(registry, file, sources, { ...saidBy(seat), exhibits: [exhibit] });
  await registry.db.transaction(async (tx) => {
    await recordSeatAct(tx, registry, seat.id, 'run-done', seat.expert, {
      asked: asked.id,
      run: record.id,
      findings: record.output.findings,
      commitments: record.output.commitments,
    });
  });
  return record;
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
