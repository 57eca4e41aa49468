export {
  type AccountView,
  addAccount,
  type Grant,
  listAccounts,
  RIGHTS,
  type Right,
  removeAccount,
} from './accounts.ts';
export { type DeliverySummary, listDeliveries, showDelivery } from './deliveries.ts';
export { fetchAndAccept, sendAboutEvidence } from './evidence.ts';
export { actionsIn, beginExercise, gradeExercise, operationCase, operationOf } from './exercises.ts';
export {
  FREE_LABELS,
  type FreeAnswer,
  type FreeLabel,
  liveExamples,
  lookUpForFree,
  readingsFor,
} from './free-look-up.ts';
export { messageHandlers } from './handlers.ts';
export { call } from './http-client.ts';
export { pushMessages, queueMessage } from './messages.ts';
export { type FeedImport, importFeed, openFeed } from './misp-feed.ts';
export { fetchPackages, sendInOperation } from './operations.ts';
export { fetchNodeCard } from './peers.ts';
export { askForObject, queuePermission, type Wish } from './permissions.ts';
export { queueRecall, recallNarrowedCopies } from './recalls.ts';
export { queueStep } from './requests.ts';
export { type Admission, exchangeRoutes, openAdmission } from './routes.ts';
export {
  executeRun,
  exhibitsFor,
  isRunTool,
  type MadeRun,
  type OrderOptions,
  orderRun,
  purposeOf,
  RULES_MAX,
  RUN_TOOLS,
  type RunOrder,
  type RunWish,
} from './runs.ts';
export {
  askRunThroughSeat,
  decideSeatRun,
  type MakeRun,
  type ReplayedAct,
  readThroughSeat,
  replaySeat,
  rulesAsked,
  seatOfHolder,
  seeRunThroughSeat,
} from './seats.ts';
export { type SyncReport, syncPeer, syncPeers, syncServer } from './sync.ts';
export {
  addCollection,
  type Collection,
  listCollections,
  ownCollection,
  requireCollection,
} from './taxii/collections.ts';
export { addServer, findServer, listServers, type TaxiiServer } from './taxii/servers.ts';
export { stampCheckpoint } from './timestamping.ts';
export { simulateHeld, type Wish as WhatIfWish } from './what-if.ts';
