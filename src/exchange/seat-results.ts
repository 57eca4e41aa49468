/**
 * What of a run's results an expert in a seat sees. What a tool made of the exhibits is theirs to see; that a value is in somebody's intelligence is
 * that contributor's. So a finding is shown when it rests on rules that came with the run or on what the expert's own organisation gave, or on
 * intelligence of this organisation that may be released to the expert's. Nothing else is, whatever the marking: the seat's side is no party to it.
 */
import type { Finding, RunRecord } from '../cases/index.ts';
import type { DeskRequest } from '../desk/index.ts';
import { releaseClassOf } from '../intel/index.ts';
import { findPeer, openVerdicts, type Registry } from '../registry/index.ts';

export type ShownFinding = Pick<
  Finding,
  'exhibitNumber' | 'file' | 'container' | 'where' | 'offset' | 'line' | 'kind' | 'value' | 'matched' | 'name'
>;

/** Shown at once; a run with more is read from what it derived. */
const SHOWN_MAX = 1_000;

export async function shownFindings(
  registry: Registry,
  request: DeskRequest,
  record: RunRecord,
  findings: readonly Finding[],
): Promise<ShownFinding[]> {
  const peer = await findPeer(registry.db, request.peer);
  if (!peer) return [];
  const verdicts = await openVerdicts(registry, peer);
  const rests = restsOnRules(record);
  const own = new Map<string, boolean>();
  const shown: ShownFinding[] = [];
  for (const finding of findings) {
    if (shown.length === SHOWN_MAX) break;
    const { contributorKey, agreement, indicator } = finding;
    let may = contributorKey === peer.kid || (rests && agreement === null);
    if (!may && agreement === null && contributorKey === registry.identity.kid) {
      const known = own.get(indicator);
      may = known ?? (await mayRelease(indicator));
      own.set(indicator, may);
    }
    if (!may) continue;
    const { exhibitNumber, file, container, where, offset, line, kind, value, matched, name } = finding;
    shown.push({ exhibitNumber, file, container, where, offset, line, kind, value, matched, name });
  }
  return shown;

  async function mayRelease(indicator: string): Promise<boolean> {
    const held = await releaseClassOf(registry, indicator);
    if (!held?.releaseClass) return false;
    const { releaseClass } = held;
    const { purpose } = request.ask;
    return (
      verdicts.decide({ act: 'release', contributor: 'here', purpose, releaseClass }).verdict === 'allow'
    );
  }
}

/** A pack of somebody else's rules says in what it derives what those rules are. */
export function mayReadDerived(request: DeskRequest, record: RunRecord): boolean {
  const origin = record.parameters['origin'] as Pick<Finding, 'contributorKey' | 'agreement'> | undefined;
  return (
    !restsOnRules(record) ||
    origin === undefined ||
    origin.agreement === null ||
    origin.contributorKey === request.peer
  );
}

const restsOnRules = ({ tool }: RunRecord) => tool.name === 'entente sigma' || tool.name === 'entente yara';
