import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initSync } from '@virustotal/yara-x';
import { compilePack, type YaraHit, YaraScanner } from '../../forensics/yara/index.ts';
import type { Examiner, Post, YaraJob } from './job.ts';

/** A finding of YARA, as it is kept and printed. */
export interface YaraFinding extends YaraHit {
  readonly file: string;
}

/** The module lies beside the program that loads it, in its package. */
const MODULE = join(dirname(fileURLToPath(import.meta.resolve('@virustotal/yara-x'))), 'yara_x_js_bg.wasm');

export function yaraExaminer({ rules }: YaraJob, post: Post): Examiner {
  initSync({ module: readFileSync(MODULE) });
  const pack = compilePack(rules);
  post({ type: 'ready', rules: pack.rules, rejected: pack.rejected });
  let matched = 0;
  const scanner = new YaraScanner<{ name: string; exhibit: number }>(
    pack,
    ({ name, exhibit }, hits, warnings) => {
      matched += hits.length;
      if (hits.length > 0) post({ type: 'hits', exhibit, hits: hits.map((hit) => ({ file: name, ...hit })) });
      for (const warning of warnings)
        post({ type: 'issue', name, code: 'yara-warning', message: warning.split('\n')[0]! });
      if (hits.some(({ window }) => window !== undefined))
        post({
          type: 'issue',
          name,
          code: 'yara-windows',
          message: 'was scanned in windows: sizes, counts and places in conditions were those of a window',
        });
    },
  );
  return {
    content: ({ name, reader }, { exhibit = 0 }) => scanner.add({ name, exhibit }, reader),
    end() {
      scanner.flush();
      return { matched };
    },
  };
}
