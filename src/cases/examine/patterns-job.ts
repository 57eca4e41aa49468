import { HEAD_BYTES, recogniseFormat } from '../../forensics/index.ts';
import { EventPatterns, type PatternHit } from './event-patterns.ts';
import type { Examiner, PatternsJob, Post } from './job.ts';

/** Hits are handed on in pieces of this many. */
const PIECE = 500;

/** Files come exhibit by exhibit; when the next begins, the one before is decided. */
export function patternsExaminer({ patterns }: PatternsJob, post: Post): Examiner {
  const set = new EventPatterns(patterns);
  post({ type: 'ready', rules: set.size, rejected: set.rejected });
  let current: number | null = null;
  const hits: PatternHit[] = [];
  const give = () => {
    if (hits.length > 0) post({ type: 'hits', exhibit: current!, hits: hits.splice(0) });
  };
  const found = (hit: PatternHit) => {
    hits.push(hit);
    if (hits.length >= PIECE) give();
  };
  const endExhibit = () => {
    if (current !== null) set.endExhibit(current, found);
    give();
  };
  return {
    content({ name, reader, companions }, { exhibit = 0 }) {
      if (exhibit !== current) {
        endExhibit();
        current = exhibit;
      }
      const format = recogniseFormat(reader.read(0, HEAD_BYTES));
      if (format === null) {
        post({ type: 'unknown', name });
        return;
      }
      const account = format.parse(
        reader,
        (event) => set.event(event, name, exhibit, found),
        companions === undefined ? {} : { companions },
      );
      set.decide(exhibit, found);
      // A later file may silence the thread.
      give();
      post({ type: 'parsed', name, account });
    },
    end() {
      endExhibit();
      return set.account();
    },
  };
}
