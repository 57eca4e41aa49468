export {
  type AgreementView,
  agreementVersions,
  allAgreements,
  findAgreement,
  type HeldAgreement,
  listAgreements,
  partyOfNode,
  receiveAgreement,
  receiveNotice,
  recordNotice,
  saveDraft,
  showAgreement,
  signStored,
  statesAt,
  takeSignature,
  takeSigned,
  versionToSign,
} from './agreements.ts';
export { type BackupReport, backupNode, restoreNode } from './backup.ts';
export { type DraftWishes, draftFromTemplate } from './draft.ts';
export { forkFile, type ProvenFork, verifyForkFile } from './fork-file.ts';
export {
  generateKey,
  type Identity,
  identityFrom,
  type PrivateJwk,
  publicPart,
  readKeyFile,
  writeKeyFile,
} from './identity.ts';
export {
  ledgerKey,
  ledgerOrigin,
  type PublicJwk,
  publicKeyBytes,
  thumbprint,
  witnessKey,
} from './key-names.ts';
export {
  appendLeaf,
  currentCheckpoint,
  hashReader,
  type LeafProof,
  type LedgerVerdict,
  ledgerSize,
  proveLeaf,
  verifyEd25519,
  verifyLedger,
} from './ledger.ts';
export { type LedgerEntry, pageOfLedger, readLedger } from './ledger-leaves.ts';
export {
  addPeer,
  findPeer,
  listPeers,
  type NodeCard,
  nodeCard,
  type Peer,
  parseNodeCard,
  requirePeer,
} from './peers.ts';
export {
  type AskedQuestion,
  answerPermission,
  askPermission,
  listPermissions,
  type Permission,
  receivePermission,
  receivePermissionAnswer,
} from './permissions.ts';
export { isNode, openRegistry, type Registry } from './registry.ts';
export { partialKey, unwrapKey, wrapKey } from './sealing-key.ts';
export {
  assertServiceAllowed,
  type CountUse,
  decideService,
  mayPublishCounts,
  type ServiceAct,
  type ServiceClause,
  type ServiceQuestion,
  type ServiceVerdict,
} from './service-verdicts.ts';
export { type StatementType, signStatement, unverifiedSigner, verifyStatement } from './statements.ts';
export {
  keepTimestamp,
  listTimestamps,
  type StoredTimestamp,
  setTimeAuthority,
  type TimeAuthority,
  timeAuthority,
} from './timestamps.ts';
export {
  type Counterpart,
  openVerdicts,
  papersDigest,
  type Question,
  type Refusal,
  type Verdicts,
} from './verdicts.ts';
export {
  answerAddCheckpoint,
  askToCosign,
  continuesCheckpoint,
  cosignedCheckpoint,
  keepCosignature,
  lastCosigned,
  listForks,
  listWitnesses,
  type WitnessView,
} from './witness.ts';
