/** A format's events of a text or of bytes made here. */
import {
  type Event,
  FORMATS,
  memoryReader,
  type ParserAccount,
  type ParserOptions,
} from '../../src/forensics/index.ts';

export function parseText(
  format: string,
  content: string | Uint8Array,
  options: ParserOptions = {},
): { account: ParserAccount; events: Event[] } {
  const events: Event[] = [];
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const parser = FORMATS.find(({ name }) => name === format)!;
  return { account: parser.parse(memoryReader(bytes), (event) => void events.push(event), options), events };
}
