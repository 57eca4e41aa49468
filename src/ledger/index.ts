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
export { commit, encodeLeaf, type Leaf, parseLeaf, SALT_BYTES, verifyCommitment } from './leaf.ts';
export { isLeafKind, LEAF_KINDS, type LeafKind } from './leaf-kinds.ts';
export {
  formatNote,
  type NoteSignature,
  parseNote,
  type SignEd25519,
  type UnverifiedNote,
  type VerifiedSignature,
  type VerifyEd25519,
  verifyNote,
} from './note.ts';
export type { HashReader, NodeId, StoredHash } from './subtree.ts';
export { EMPTY_ROOT, HASH_BYTES, hashChildren, hashLeaf } from './tree-hash.ts';
