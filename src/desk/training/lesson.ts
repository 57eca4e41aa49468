/**
 * A lesson is a text in each language, `lessons/ID/LANGUAGE.md`, that names the commands and rooms of real work and ends with questions:
 *
 *     # Title
 *     A paragraph on one line.                ## A heading        - a point
 *         entente case list                   a command, by four spaces
 *     ? A question
 *     - [ ] a choice
 *     - [x] the right one
 *     > Why, shown to who answered rightly.
 *
 * The files are this program's own; one that does not read is a fault of the program, which a test finds.
 */
import { readFileSync } from 'node:fs';
import type { Language } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';

export interface Block {
  readonly kind: 'heading' | 'text' | 'point' | 'command';
  readonly text: string;
}

export interface Question {
  readonly text: string;
  readonly choices: readonly string[];
  /** The right choice, from 1. */
  readonly right: number;
  readonly why: string;
}

export interface Lesson {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
  readonly questions: readonly Question[];
}

/** Shared between courses. */
export const LESSONS = [
  'first-hour',
  'chain-of-custody',
  'from-mail-to-account',
  'handling-markings',
  'weighing-intelligence',
  'runs-and-timelines',
  'following-payments',
  'across-borders',
  'evidence-in-court',
  'country-packages',
  'personal-data',
  'audit',
] as const;

const read = new Map<string, Lesson>();

/** @throws EntenteError `not-found` */
export function requireLesson(id: string, language: Language): Lesson {
  if (!LESSONS.some((one) => one === id))
    throw new EntenteError(
      'not-found',
      `there is no lesson "${id.slice(0, 60)}"; there are: ${LESSONS.join(', ')}`,
    );
  const key = `${id}/${language}`;
  const known = read.get(key);
  if (known) return known;
  const lesson = parseLesson(id, readFileSync(new URL(`./lessons/${key}.md`, import.meta.url), 'utf8'));
  read.set(key, lesson);
  return lesson;
}

const MARKS = [
  ['## ', 'heading'],
  ['- ', 'point'],
  ['    ', 'command'],
] as const;

export function parseLesson(id: string, text: string): Lesson {
  let title = '';
  const blocks: Block[] = [];
  const questions: { text: string; choices: string[]; right: number; why: string }[] = [];
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const asked = questions.at(-1);
    const choice = /^- \[([ x])\] (.+)$/.exec(line);
    if (line.startsWith('# ')) title = line.slice(2);
    else if (line.startsWith('? ')) questions.push({ text: line.slice(2), choices: [], right: 0, why: '' });
    else if (asked && choice) {
      asked.choices.push(choice[2]!);
      if (choice[1] === 'x') asked.right = asked.choices.length;
    } else if (asked && line.startsWith('> ')) asked.why = line.slice(2);
    else if (asked) throw new TypeError(`lesson ${id}: after a question stands "${line}"`);
    else {
      const [mark, kind] = MARKS.find(([sign]) => line.startsWith(sign)) ?? ['', 'text'];
      blocks.push({ kind, text: line.slice(mark.length) });
    }
  }
  return { id, title, blocks, questions };
}
