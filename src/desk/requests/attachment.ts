/** Files that go along with a request. They are small and passive; anything larger or active goes as an exhibit. */
import { createHash } from 'node:crypto';
import {
  CATEGORIES,
  PAP_LEVELS,
  PERSONAL_DATA_CLASSES,
  type ReleaseClass,
  TLP_LEVELS,
} from '../../agreement/index.ts';
import { decodeBase64, EntenteError, type Issue } from '../../base/index.ts';
import { passiveType } from './active-content.ts';

export interface Attachment {
  readonly name: string;
  /** As found in the bytes, not as said. */
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** What agreements decide on: it crosses only where a flow lets this class cross. */
  readonly releaseClass: ReleaseClass;
  readonly base64: string;
}

export const ATTACHMENTS_MAX = 8;
/** Of all attachments of one step. Encoded three times over, this fits a message between nodes with its text. */
export const ATTACHMENTS_BYTES_MAX = 1024 * 1024;
const NAME_MAX = 200;

/** @throws EntenteError `active-content`, `input-limit`, `usage` */
export function makeAttachment(name: string, bytes: Uint8Array, releaseClass: ReleaseClass): Attachment {
  if (bytes.length > ATTACHMENTS_BYTES_MAX)
    throw new EntenteError(
      'input-limit',
      `the attachments of a step have up to ${ATTACHMENTS_BYTES_MAX} bytes; "${name}" has ${bytes.length}`,
      { where: name },
    );
  return {
    name,
    mediaType: passiveType(name, bytes),
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    releaseClass,
    base64: Buffer.from(bytes).toString('base64'),
  };
}

/** Reads attachments from outside: every one is looked into again, whatever its sender says of it. @throws EntenteError `active-content` */
export function parseAttachments(value: unknown, path: string, issues: Issue[]): Attachment[] {
  const fault = (at: string, message: string): Attachment[] => {
    issues.push({ code: 'usage', path: at, message });
    return [];
  };
  if (!Array.isArray(value) || value.length > ATTACHMENTS_MAX) {
    return fault(path, `a list of up to ${ATTACHMENTS_MAX} attachments`);
  }
  let total = 0;
  return value.flatMap((entry: Record<string, unknown> | null, i) => {
    const at = `${path}[${i}]`;
    const { name, base64, releaseClass, sha256 } = entry ?? {};
    const bytes = typeof base64 === 'string' ? decodeBase64(base64) : null;
    if (!bytes) return fault(`${at}.base64`, 'the bytes in base64');
    total += bytes.length;
    if (total > ATTACHMENTS_BYTES_MAX)
      return fault(at, `all attachments together have up to ${ATTACHMENTS_BYTES_MAX} bytes`);
    if (typeof name !== 'string' || name === '' || name.length > NAME_MAX || /[\p{Cc}\p{Cf}/\\]/u.test(name))
      return fault(`${at}.name`, `a file name of up to ${NAME_MAX} characters, without a path`);
    const markings = classOf(releaseClass);
    if (!markings) return fault(`${at}.releaseClass`, 'category, tlp, pap and personalData');
    const made = makeAttachment(name, bytes, markings);
    if (sha256 !== undefined && sha256 !== made.sha256)
      return fault(`${at}.sha256`, 'the bytes have another digest');
    return [made];
  });
}

function classOf(value: unknown): ReleaseClass | null {
  const { category, tlp, pap, personalData } = (value ?? {}) as Record<string, unknown>;
  const sound =
    CATEGORIES.includes(category as never) &&
    TLP_LEVELS.includes(tlp as never) &&
    PAP_LEVELS.includes(pap as never) &&
    PERSONAL_DATA_CLASSES.includes(personalData as never);
  return sound ? ({ category, tlp, pap, personalData } as ReleaseClass) : null;
}
