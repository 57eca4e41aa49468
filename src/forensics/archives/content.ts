/**
 * What containers are read from, and what reading one gives. Whoever has the disk makes these; this room only computes.
 *
 * Everything here was made by whoever made the evidence, who may want the reader to run out of memory, time or
 * disk. So one budget covers an outermost file with all that is nested in it, and no length is believed before it was read.
 */
import {
  CONTAINER_BYTES_MAX,
  CONTAINER_DEPTH_MAX,
  CONTAINER_MEMBERS_MAX,
  CONTAINER_RATIO_MAX,
} from '../../base/index.ts';

export type ByteStream = AsyncIterable<Uint8Array>;

export interface RandomReader {
  readonly sizeBytes: number;
  /** Up to `length` bytes from `offset`; fewer only at the end. The bytes are the caller’s to keep. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface ContainerIssue {
  readonly code: 'archive-limit' | 'archive-damaged' | 'archive-unsupported';
  /** Path of the container or member inside the outermost file; '' for that file. */
  readonly path: string;
  readonly message: string;
}

export interface ContainerLimits {
  readonly depthMax: number;
  readonly ratioMax: number;
  readonly bytesMax: number;
  readonly membersMax: number;
  /** A zip inside another container is held in memory to be read, since its list of contents stands at its end. */
  readonly nestedZipBytesMax: number;
}

export const CONTAINER_LIMITS: ContainerLimits = {
  depthMax: CONTAINER_DEPTH_MAX,
  ratioMax: CONTAINER_RATIO_MAX,
  bytesMax: CONTAINER_BYTES_MAX,
  membersMax: CONTAINER_MEMBERS_MAX,
  // A worker has this to spare; larger nested archives are named and read as plain bytes.
  nestedZipBytesMax: 128 * 1024 * 1024,
};

/** Ends the reading of one container; what it gave before stays. */
export class ContainerFault extends Error {
  readonly code: ContainerIssue['code'];
  constructor(code: ContainerIssue['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Searched and digested in a blink. */
const HOLES_MIN = 256 * 1024 * 1024;

/** What is left of the limits for one outermost file. */
export class Budget {
  readonly limits: ContainerLimits;
  #bytes = 0;
  #members = 0;
  #read = 0;
  #holes = 0;

  constructor(limits: ContainerLimits) {
    this.limits = limits;
  }

  /** @throws ContainerFault */
  takeMember(): void {
    if (++this.#members > this.limits.membersMax) {
      throw new ContainerFault('archive-limit', `holds more than ${this.limits.membersMax} members`);
    }
  }

  /** Counts what was read of the outermost file. */
  readBytes(bytes: number): void {
    this.#read += bytes;
  }

  /** Counts what a decompressor gave, at whatever depth. @throws ContainerFault */
  takeBytes(bytes: number): void {
    this.#bytes += bytes;
    const { bytesMax, ratioMax } = this.limits;
    if (this.#bytes > bytesMax) {
      throw new ContainerFault('archive-limit', `unpacks to more than ${bytesMax} bytes`);
    }
    // The first few kilobytes of output say nothing about a ratio.
    if (this.#bytes > 1024 * 1024 && this.#bytes > this.#read * ratioMax) {
      throw new ContainerFault('archive-limit', `unpacks to more than ${ratioMax} times its size`);
    }
  }

  /** Counts the bytes of holes, if there may be so many: zeros cost less than what is unpacked, so a few always may. */
  takeHoles(bytes: number): boolean {
    const { bytesMax, ratioMax } = this.limits;
    const holes = this.#holes + bytes;
    if (holes > Math.min(bytesMax, Math.max(HOLES_MIN, this.#read * ratioMax))) return false;
    this.#holes = holes;
    return true;
  }
}
