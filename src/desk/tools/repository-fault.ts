/** What can be wrong with a peer's repository of tools, by the names of the threat list of TUF 1.0 §1.5.2. */
import { EntenteError } from '../../base/index.ts';
import type { Peer } from '../../registry/index.ts';

export type RepositoryFault =
  | 'rollback'
  | 'freeze'
  | 'mix-and-match'
  | 'wrong-keys'
  | 'expired'
  | 'endless-data'
  | 'slow-retrieval'
  | 'format';

const WORDS: Readonly<Record<RepositoryFault, string>> = {
  rollback: 'it shows an older state than was seen before',
  freeze: 'it shows a state that should have been renewed by now: somebody may be holding it back',
  'mix-and-match': 'its parts are not of one state',
  'wrong-keys': 'it is not signed by the keys that it has to be signed by',
  expired: 'the time of what it shows is over',
  'endless-data': 'it sends more than its lists say',
  'slow-retrieval': 'it sends so slowly that it would never end',
  format: 'it is no TUF repository',
};

export function repositoryFault(peer: Peer, fault: RepositoryFault, cause?: unknown): EntenteError {
  const detail = cause instanceof Error ? ` (${cause.message.slice(0, 200)})` : '';
  return new EntenteError(
    'tool-repository',
    `${fault}: the tools of ${peer.name} are not taken, ${WORDS[fault]}${detail}`,
    { where: peer.url, issues: [{ code: fault, path: '', message: WORDS[fault] }], cause },
  );
}
