/**
 * An exercise is a case with known answers. Its file holds the story, and everything that is not the story is generated from its seed, so that
 * the same exercise is the same evidence everywhere. Names and addresses are reserved ones (RFC 2606, RFC 5737): nothing of it exists.
 */
import type { Act, Language, ReleaseClass } from '../../agreement/index.ts';

export type Words = Readonly<Record<Language, string>>;

export const PATHS = ['first-responder', 'analyst', 'investigator', 'prosecutor', 'data-protection'] as const;
export type Path = (typeof PATHS)[number];

/** A line of the story, at a minute after its beginning, in the file's own form without its time. */
export interface StoryLine {
  readonly minute: number;
  readonly text: string;
}

export interface EvidenceFile {
  readonly name: string;
  /** `mail` and `table` are written as they stand; logs get noise between the lines of the story; `locked` is encrypted with the toy cipher. */
  readonly form: 'proxy-log' | 'syslog' | 'json-lines' | 'mail' | 'table' | 'locked';
  readonly lines: readonly StoryLine[];
  /** Lines of noise. */
  readonly noise: number;
  /** `locked`: what the file was called, and the key, which stands somewhere in the story. */
  readonly locked?: { readonly name: string; readonly key: string };
}

interface Asked {
  readonly id: string;
  readonly points: number;
  readonly words: Words;
  /** What a hint says, and what it costs. */
  readonly hint?: { readonly cost: number; readonly words: Words };
  /** Asked only after this inject. */
  readonly after?: string;
}

/** Answered with a value; any of `answers` is right. */
export interface FindingQuestion extends Asked {
  readonly kind: 'finding';
  readonly answers: readonly string[];
}

/** "May you forward this?": the agreement engine knows the answer, `allow`, `deny` or `ask`. */
export interface HandlingQuestion extends Asked {
  readonly kind: 'handling';
  readonly act: Extract<Act, 'release' | 'onward' | 'evidence-use'>;
  readonly releaseClass: ReleaseClass;
  readonly onwardTo?: string;
}

/** Done with the commands of real work, and seen in the record of the case or operation. */
export type ActionTask = Asked & { readonly kind: 'action' } & (
    | { readonly action: 'run-tool' }
    | { readonly action: 'read-exhibit'; readonly exhibit: string }
    /** Exactly these targets of the operation, and no others, are routed to the country. */
    | { readonly action: 'route'; readonly country: string; readonly targets: readonly string[] }
  );

export type Task = FindingQuestion | HandlingQuestion | ActionTask;

export interface Exercise {
  readonly id: string;
  readonly version: number;
  readonly seed: number;
  readonly begins: string;
  readonly paths: readonly Path[];
  readonly title: Words;
  readonly briefing: Words;
  readonly evidence: readonly EvidenceFile[];
  /** A joint operation is begun for it beside the case. */
  readonly operation?: true;
  /** Indicators that come with the briefing. */
  readonly indicators: readonly string[];
  readonly tasks: readonly Task[];
  /** What the instructor can bring in. */
  readonly injects: readonly { readonly id: string; readonly words: Words }[];
  /** Share of the points, in percent, that passes. */
  readonly passPercent: number;
}
