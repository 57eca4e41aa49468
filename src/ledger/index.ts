export {
  addSignatures,
  type Checkpoint,
  type CheckpointTrust,
  type Cosignature,
  cosignCheckpoint,
  formatCheckpoint,
  parseCheckpoint,
  signCheckpoint,
  type VerifiedCheckpoint,
  verifyCheckpoint,
} from './checkpoint.ts';
export { type ConsistencyClaim, consistencyProof, verifyConsistency } from './consistency-proof.ts';
export { encodeFork, type ForkEvidence, gatherFork, parseFork, verifyFork } from './fork.ts';
export { Frontier, hashesForAppend, treeRoot } from './frontier.ts';
export { type InclusionClaim, inclusionProof, verifyInclusion } from './inclusion-proof.ts';
export {
  encodeVerifierKey,
  isKeyName,
  parseVerifierKey,
  type SignatureType,
  type VerifierKey,
  verifierKey,
} from './key.ts';
export {
  commit,
  commitText,
  encodeLeaf,
  type Leaf,
  parseLeaf,
  SALT_BYTES,
  verifyCommitment,
} from './leaf.ts';
export { isLeafKind, LEAF_KINDS, type LeafKind } from './leaf-kinds.ts';
export {
  formatNote,
  type NoteSignature,
  parseNote,
  parseSignatureLines,
  type SignEd25519,
  type UnverifiedNote,
  type VerifiedSignature,
  type VerifyEd25519,
  verifyNote,
} from './note.ts';
export {
  isQuorum,
  type Policy,
  type PolicyLog,
  type PolicyWitness,
  parsePolicy,
  type Quorum,
  verifyByPolicy,
} from './policy.ts';
export { encodeProofFile, type ProofFile, parseProofFile, verifyProofFile } from './proof-file.ts';
export type { HashReader, NodeId, StoredHash } from './subtree.ts';
export {
  decodeEntryBundle,
  decodeHashTile,
  ENTRY_BUNDLE_BYTES_MAX,
  encodeEntryBundle,
  encodeHashTile,
  tileHashReader,
} from './tile.ts';
export {
  encodeTilePath,
  isTileOf,
  parseTilePath,
  TILE_WIDTH,
  type Tile,
  tileAt,
  tilesForGrowth,
} from './tile-path.ts';
export { EMPTY_ROOT, HASH_BYTES, hashChildren, hashLeaf } from './tree-hash.ts';
export {
  describeLogFault,
  type LogFault,
  type LogToVerify,
  type LogVerification,
  verifyLog,
} from './verify-log.ts';
export {
  type AcceptedCosignature,
  ADD_CHECKPOINT_BYTES_MAX,
  type AddCheckpointDecision,
  type AddCheckpointRequest,
  decideAddCheckpoint,
  decideAfterConflict,
  encodeAddCheckpoint,
  encodeCosignatures,
  encodeTreeSize,
  parseAddCheckpoint,
  parseCosignatures,
  parseTreeSize,
  TREE_SIZE_MEDIA_TYPE,
  type WitnessedHead,
  type WitnessedLog,
} from './witness.ts';
