/** Every format that can be parsed. A new one is a folder and a line here; docs/guides/add-a-format.md shows how. */
import { browser } from './browser/index.ts';
import { evt } from './evt/index.ts';
import { evtx } from './evtx/index.ts';
import { lnk } from './lnk/index.ts';
import { mail } from './mail/index.ts';
import type { FormatParser } from './parser.ts';
import { pcap, pcapng } from './pcap/index.ts';
import { prefetch } from './prefetch/index.ts';
import { recycleBin } from './recycle-bin/index.ts';
import { registry } from './registry/index.ts';
import {
  accessLog,
  audit,
  bashHistory,
  csv,
  fishHistory,
  jsonDocument,
  jsonLines,
  squid,
  syslog,
  w3c,
  zshHistory,
} from './text/index.ts';
import { utmp } from './utmp/index.ts';

export const FORMATS: readonly FormatParser[] = [
  evtx,
  evt,
  pcap,
  pcapng,
  registry,
  prefetch,
  lnk,
  browser,
  recycleBin,
  utmp,
  mail,
  w3c,
  jsonLines,
  jsonDocument,
  audit,
  accessLog,
  squid,
  syslog,
  bashHistory,
  zshHistory,
  fishHistory,
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
      if (sure === 3) break;
    }
  }
  return best;
}
