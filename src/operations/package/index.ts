export { type PackageContents, type PackageItem, parseContents, surenessOf } from './contents.ts';
export {
  assertPackageFetchable,
  decideText,
  listPackages,
  type PackageView,
  type Prepared,
  preparePackages,
  type SentPackage,
  sendPackage,
} from './make.ts';
export { attachmentsOf, renderPackage } from './page.ts';
export { readPackage, takePackage, type WaitingPackage, waitingPackages } from './receive.ts';
export { isRenderedHere, signPackage, type VerifiedPackage, verifyPackage } from './statement.ts';
