/**
 * Fetching an offered exhibit from the peer that offers it: first its chain of custody, then its bytes piece by piece, resumable, each blob
 * checked by digest. Only when all of it is here and right is the offer accepted.
 */
import { decodeUtf8Strict, EntenteError } from '../base/index.ts';
import {
  acceptExhibit,
  assertChain,
  type Case,
  type Circumstances,
  type Exhibit,
  type FolderList,
  openVault,
  type Send,
  type Transfer,
} from '../cases/index.ts';
import type { Peer, Registry } from '../registry/index.ts';
import type { Blobs } from '../store/index.ts';
import { callPeer, refusedBy } from './http-client.ts';
import { queueMessage } from './messages.ts';

/** Bytes asked for in one call: a slow line sends this within the time of a call. */
export const PIECE_BYTES = 4 * 1024 * 1024;

/** A chain of a hundred thousand events, with proofs. */
const CHAIN_BYTES_MAX = 512 * 1024 * 1024;
/** The list of a folder of a million files. */
const LIST_BYTES_MAX = 512 * 1024 * 1024;
const FILES_MAX = 5_000_000;

/** Messages about transfers go through the outbox, in the transaction of the act. */
export function sendAboutEvidence(registry: Registry): Send {
  return (tx, to, kind, body) => queueMessage(tx, registry, to, kind, { ...body });
}

/** @throws EntenteError `peer-unreachable` (call again: what has come is kept), `verification-failed`, `peer-nonsense`, `agreement-denied` */
export async function fetchAndAccept(
  registry: Registry,
  transfer: Transfer,
  peer: Peer,
  file: Case,
  said: Circumstances,
  onBytes?: (done: number, total: number) => void,
): Promise<Exhibit> {
  const base = `/api/v1/exchange/transfers/${transfer.id}`;
  const answer = await callPeer(registry, peer, base, { bytesMax: CHAIN_BYTES_MAX });
  if (answer.status !== 200) throw refusedBy(peer, answer, 'the custody of the offered exhibit');
  const chain = await assertChain(transfer, peer, (answer.json() as { chain?: unknown } | null)?.chain);
  const { exhibit } = transfer.offer;
  // What the giver keeps encrypted is not laid in the clear here, whatever case it comes into. The key is of this node's own making, and
  // named after the transfer, so that what has come is found again after an interruption.
  const vault = await openVault(
    registry,
    file.encrypted === true || exhibit.sealed !== undefined,
    transfer.id.replace(/^[a-z-]+(?=--)/, 'exhibit-key'),
  );
  const { blobs } = vault;
  let before = 0;
  const fetchBlob = async (sha256: string, sizeBytes: number, total: number) => {
    if (!(await blobs.has(sha256))) {
      const found = await blobs.receive(
        { sha256, sizeBytes },
        (offset) => pieces(registry, peer, `${base}/blobs/${sha256}`, offset, sizeBytes),
        (done) => onBytes?.(before + done, total),
      );
      if (sha256 === exhibit.sha256 && found.blake3 !== exhibit.blake3)
        throw new EntenteError(
          'verification-failed',
          `${peer.name} registered another BLAKE3 than its bytes have`,
        );
    }
    before += sizeBytes;
  };
  await fetchBlob(exhibit.sha256, exhibit.sizeBytes, exhibit.sizeBytes);
  const list = exhibit.media === 'folder' ? await readList(blobs, exhibit, peer) : null;
  const total = exhibit.sizeBytes + (list?.files.reduce((sum, one) => sum + one.sizeBytes, 0) ?? 0);
  for (const one of list?.files ?? []) await fetchBlob(one.sha256, one.sizeBytes, total);
  const files = list?.files.map((one) => one.sha256) ?? [];
  return acceptExhibit(
    registry,
    transfer,
    peer,
    file,
    { chain, files, vault },
    said,
    sendAboutEvidence(registry),
  );
}

/** Bytes of a blob at a peer, from an offset on. */
export async function* pieces(
  registry: Registry,
  peer: Peer,
  path: string,
  from: number,
  sizeBytes: number,
): AsyncGenerator<Uint8Array> {
  for (let offset = from; offset < sizeBytes; ) {
    const answer = await callPeer(registry, peer, `${path}?offset=${offset}`, {
      accept: 'application/octet-stream',
      bytesMax: PIECE_BYTES,
    });
    if (answer.status !== 200) throw refusedBy(peer, answer, 'the bytes that were asked for');
    if (answer.bytes.length === 0) return;
    yield answer.bytes;
    offset += answer.bytes.length;
  }
}

/** The list came with its digest checked, and is still the peer's word on what a folder holds. */
async function readList(blobs: Blobs, exhibit: Exhibit, peer: Peer): Promise<FolderList> {
  const nonsense = () =>
    new EntenteError('peer-nonsense', `${peer.name} offers a folder whose list of files is none`);
  if (exhibit.sizeBytes > LIST_BYTES_MAX) throw nonsense();
  const chunks: Uint8Array[] = [];
  for await (const chunk of blobs.read(exhibit.sha256)) chunks.push(chunk);
  let list: Partial<FolderList> | null;
  try {
    list = JSON.parse(decodeUtf8Strict(Buffer.concat(chunks))) as Partial<FolderList> | null;
  } catch {
    throw nonsense();
  }
  if (list?.v !== 1 || !Array.isArray(list.files) || list.files.length > FILES_MAX) throw nonsense();
  for (const one of list.files as Partial<FolderList['files'][number]>[]) {
    if (
      typeof one?.path !== 'string' ||
      !/^[0-9a-f]{64}$/.test(String(one.sha256)) ||
      !Number.isSafeInteger(one.sizeBytes) ||
      one.sizeBytes! < 0
    )
      throw nonsense();
  }
  return list as FolderList;
}
