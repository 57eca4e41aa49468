/**
 * Every kind of act that a ledger records, and what the body behind the leaf's commitment is about. The list is closed: a reader
 * that meets another kind says so. A kind keeps its name and meaning forever, since leaves are never rewritten.
 */
export const LEAF_KINDS = {
  'node-created': 'The node came into being: its key and name.',
  'key-changed': 'A key of the node was replaced or withdrawn.',
  'peer-added': 'The node was told of another node and its key.',
  'peer-removed': 'The node stopped dealing with another node.',
  'agreement-proposed': 'A version of an agreement was drafted here or received.',
  'agreement-signed': 'A party’s signature on a version was made here or received.',
  'agreement-in-force': 'All parties have signed and the term has begun.',
  'agreement-suspended': 'A party suspended the agreement.',
  'agreement-resumed': 'A suspension was lifted.',
  'agreement-ended': 'The agreement expired, was terminated or was succeeded.',
  'verdict-set': 'The verdicts that were reached for the release classes of a collection.',
  import: 'Objects were taken in, with the digests of those accepted and refused.',
  delivery: 'Object versions crossed to a peer under an agreement.',
  receipt: 'A peer confirmed what it received, or this node did.',
  recall: 'A contributor withdrew something.',
  'recall-receipt': 'A recall was acted upon.',
  outcome: 'What came of a delivery.',
  message: 'A signed message to or from a peer.',
  request: 'Something was asked of a peer under a service clause, or answered.',
  operation: 'A joint operation was opened, changed or closed.',
  package: 'What one country or network owner gets of an operation was made up.',
  'case-opened': 'A case was opened.',
  'case-closed': 'A case was closed.',
  'exhibit-registered': 'An exhibit was taken in, with its digests.',
  custody: 'A custody event of an exhibit.',
  access: 'Evidence or personal data was read.',
  run: 'A tool ran over exhibits, with digests of inputs, parameters and outputs.',
  'finding-set': 'The findings of a run.',
  annotation: 'Somebody marked an event of a timeline, or took a mark back.',
  bundle: 'An evidence bundle was made.',
  tool: 'A tool package was published, received, approved or withdrawn.',
  exercise: 'An exercise was set or taken.',
  credential: 'A credential was earned or withdrawn.',
  erasure: 'Data was deleted, by retention, recall or order; says what and by which authority.',
  'checkpoint-witnessed': 'A checkpoint of a peer was cosigned here, or one of this ledger by a peer.',
  timestamp: 'A time-stamping authority confirmed a checkpoint.',
  'fork-detected': 'Another history of a ledger was seen; the evidence is in the body.',
  backup: 'A backup was made or restored.',
  administration: 'A person’s rights or a setting of the node were changed.',
} as const satisfies Record<string, string>;

export type LeafKind = keyof typeof LEAF_KINDS;

export function isLeafKind(text: string): text is LeafKind {
  return Object.hasOwn(LEAF_KINDS, text);
}
