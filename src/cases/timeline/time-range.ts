/** Times as people write them in questions, as nanoseconds. Without a zone they are UTC, as everything in a timeline is. */
import { EntenteError } from '../../base/index.ts';
import { writtenTime } from '../../forensics/index.ts';

/** @throws EntenteError `usage` */
export function parseTime(text: string): bigint {
  const time = writtenTime(text.trim(), 'question', 0);
  if (time === null)
    throw new EntenteError(
      'usage',
      `"${text.slice(0, 40)}" is no time; write 2026-11-01, 2026-11-01T08:30 or 2026-11-01T08:30:00Z`,
    );
  return time.ns;
}
