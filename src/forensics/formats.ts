/** Every format that can be parsed. A new one is a folder and a line here; docs/guides/add-a-format.md shows how. */
import { browser } from './browser/index.ts';
import { evtx } from './evtx/index.ts';
import { lnk } from './lnk/index.ts';
import type { FormatParser } from './parser.ts';
import { pcap, pcapng } from './pcap/index.ts';
import { prefetch } from './prefetch/index.ts';
import { registry } from './registry/index.ts';
import { accessLog, audit, csv, jsonDocument, jsonLines, squid, syslog, w3c } from './text/index.ts';

export const FORMATS: readonly FormatParser[] = [
  evtx,
  pcap,
  pcapng,
  registry,
  prefetch,
  lnk,
  browser,
  w3c,
  jsonLines,
  jsonDocument,
  audit,
  accessLog,
  squid,
  syslog,
  csv,
];

/**
 * The format of an exhibit by its first bytes (`HEAD_BYTES` of them, or all): the surest one, the earlier of
 * two that are equally sure; null when none is.
 */
export function recogniseFormat(head: Uint8Array): FormatParser | null {
  let best: FormatParser | null = null;
  let confidence = 0;
  for (const format of FORMATS) {
    const sure = format.recognise(head);
    if (sure > confidence) {
      best = format;
      confidence = sure;
    }
  }
  return best;
}
