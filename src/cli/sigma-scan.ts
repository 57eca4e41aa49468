/** Rules over one file of evidence, wherever it runs: in the command itself or in a worker. */
import { type ByteRange, formatEventTime, HEAD_BYTES, recogniseFormat } from '../forensics/index.ts';
import {
  type CorrelationRule,
  Correlator,
  type GatheredHits,
  SigmaEngine,
  type SigmaRule,
} from '../forensics/sigma/index.ts';
import { visitFile } from './exhibits.ts';

/** One finding as `--json` prints it, one a line. */
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

export interface ScanUnit {
  readonly path: string;
  /** A part of a large file; its format can be divided. */
  readonly range?: ByteRange;
}

export interface ScanResult {
  readonly findings: readonly SigmaFinding[];
  readonly gathered: GatheredHits | null;
  readonly events: number;
  readonly errors: number;
  readonly skippedBytes: number;
  readonly notes: readonly string[];
}

export class SigmaScanner {
  readonly #engine: SigmaEngine;
  readonly #correlator: Correlator;
  readonly #hasCorrelations: boolean;

  constructor(rules: readonly SigmaRule[], correlations: readonly CorrelationRule[]) {
    this.#engine = new SigmaEngine(rules);
    this.#correlator = new Correlator(rules, correlations);
    this.#hasCorrelations = correlations.length > 0;
  }

  async scan(unit: ScanUnit): Promise<ScanResult> {
    const findings: SigmaFinding[] = [];
    const notes: string[] = [];
    let events = 0;
    let errors = 0;
    let skippedBytes = 0;
    await visitFile(
      unit.path,
      ({ name, reader, companions }) => {
        const format = recogniseFormat(reader.read(0, HEAD_BYTES));
        if (format === null) {
          notes.push(`${name}: the content is of no format that can be parsed`);
          return;
        }
        const account = format.parse(
          reader,
          (event) => {
            events++;
            this.#engine.match(event, (rule, hit, read) => {
              if (this.#hasCorrelations) this.#correlator.add(rule, hit, read, name);
              if (this.#correlator.isHidden(rule)) return;
              findings.push({
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
          {
            ...(unit.range === undefined ? {} : { range: unit.range }),
            ...(companions === undefined ? {} : { companions }),
          },
        );
        errors += account.errors;
        skippedBytes += account.skippedBytes;
        const [first] = account.issues.filter((issue) => issue.severity === 'error');
        if (first !== undefined) {
          notes.push(
            `${name}: ${account.errors} errors, the first at byte ${first.offset}: ${first.message}`,
          );
        }
      },
      (name, message) => notes.push(`${name}: ${message}`),
    );
    const gathered = this.#hasCorrelations ? this.#correlator.drain() : null;
    return { findings, gathered, events, errors, skippedBytes, notes };
  }
}
