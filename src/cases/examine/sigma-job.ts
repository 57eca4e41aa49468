import {
  formatEventTime,
  HEAD_BYTES,
  type ParserAccount,
  type ParserOptions,
  recogniseFormat,
} from '../../forensics/index.ts';
import {
  type CorrelationFinding,
  type CorrelationRule,
  Correlator,
  parseRuleFiles,
  SigmaEngine,
  type SigmaRule,
} from '../../forensics/sigma/index.ts';
import type { EvidenceContent } from './evidence-reader.ts';
import type { Examiner, Post, SigmaJob } from './job.ts';

/** A finding of Sigma, as it is kept and printed. */
export interface SigmaFinding {
  readonly ruleId: string;
  readonly title: string;
  readonly level: string;
  readonly file: string;
  readonly recordId: number | string | null;
  /** Null when the record has none. */
  readonly time: string | null;
  readonly host: string | null;
  readonly user: string | null;
  readonly tags: readonly string[];
  /** Byte offset of the record in the file. */
  readonly offset: number;
  readonly recovered?: true;
  /** For correlations. */
  readonly correlation?: {
    readonly count: number;
    readonly group: Readonly<Record<string, string>>;
    readonly events: readonly {
      readonly file: string;
      readonly recordId: number | string | null;
      readonly offset: number;
    }[];
  };
}

/** Rules over one content after the other. */
export class SigmaContents {
  readonly #engine: SigmaEngine;
  readonly correlator: Correlator;
  readonly #hasCorrelations: boolean;

  constructor(rules: readonly SigmaRule[], correlations: readonly CorrelationRule[]) {
    this.#engine = new SigmaEngine(rules);
    this.correlator = new Correlator(rules, correlations);
    this.#hasCorrelations = correlations.length > 0;
  }

  /** Null when the content is of no format that can be parsed. */
  scan(
    { name, reader, companions }: EvidenceContent,
    options: ParserOptions,
    found: (finding: SigmaFinding) => void,
  ): ParserAccount | null {
    const format = recogniseFormat(reader.read(0, HEAD_BYTES));
    if (format === null) return null;
    return format.parse(
      reader,
      (event) => {
        this.#engine.match(event, (rule, hit, read) => {
          if (this.#hasCorrelations) this.correlator.add(rule, hit, read, name);
          if (this.correlator.isHidden(rule)) return;
          found({
            ruleId: rule.id,
            title: rule.title,
            level: rule.level,
            file: name,
            recordId: hit.recordId,
            time: hit.time === null ? null : formatEventTime(hit.time),
            host: hit.host,
            user: hit.user,
            tags: rule.tags,
            offset: hit.offset,
            ...(hit.recovered ? { recovered: true as const } : {}),
          });
        });
      },
      { ...options, ...(companions === undefined ? {} : { companions }) },
    );
  }
}

export function correlationFinding({
  rule,
  ns,
  place,
  group,
  count,
  places,
}: CorrelationFinding): SigmaFinding {
  return {
    ruleId: rule.id,
    title: rule.title,
    level: rule.level,
    file: place.file,
    recordId: place.recordId,
    time: formatEventTime({ ns, precision: 'nanosecond', source: 'correlation', zone: 'utc' }),
    host: null,
    user: null,
    tags: rule.tags,
    offset: place.offset,
    correlation: { count, group, events: places },
  };
}

/** Hits are handed on in pieces of this many. */
const PIECE = 500;

export function sigmaExaminer({ rules, options }: SigmaJob, post: Post): Examiner {
  const set = parseRuleFiles([...rules]);
  post({
    type: 'ready',
    rules: set.rules.length + set.correlations.length,
    rejected: set.rejected.map(({ path, title, reason }) => ({ path, rule: title, reason })),
  });
  const contents = new SigmaContents(set.rules, set.correlations);
  const exhibits = new Map<string, number>();
  const give = (exhibit: number, findings: SigmaFinding[]) => {
    if (findings.length > 0) post({ type: 'hits', exhibit, hits: findings.splice(0) });
  };
  return {
    content(content, { exhibit = 0 }) {
      exhibits.set(content.name, exhibit);
      const findings: SigmaFinding[] = [];
      const account = contents.scan(content, options, (finding) => {
        findings.push(finding);
        if (findings.length >= PIECE) give(exhibit, findings);
      });
      give(exhibit, findings);
      if (account === null) post({ type: 'unknown', name: content.name });
      else post({ type: 'parsed', name: content.name, account });
    },
    end() {
      const { correlator } = contents;
      for (const finding of correlator.finish()) {
        const made = correlationFinding(finding);
        give(exhibits.get(made.file)!, [made]);
      }
      const { untimed, ungrouped, dropped } = correlator;
      return { untimedHits: untimed, ungroupedHits: ungrouped, droppedHits: dropped };
    },
  };
}
