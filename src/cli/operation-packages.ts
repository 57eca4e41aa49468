/** How a prepared package is told to a person: what goes, what stays, and why. */
import type { Prepared } from '../operations/index.ts';
import { formatCount } from './terminal.ts';

/** Texts to be decided that are named one by one. */
const SHOWN = 20;

export function packageLines({ peer, scope, selection }: Prepared): string[] {
  const { items, denied, texts } = selection;
  return [
    `${peer.name}, ${scope.name}: ${formatCount(items.length)} items`,
    ...denied.map(
      ({ count, clauses }) =>
        `  ${formatCount(count)} stay here: ${clauses.map(({ words, path }) => `${words} (${path})`).join('; ')}`,
    ),
    ...texts.slice(0, SHOWN).map(({ value, passages, clauses }) => {
      const found = passages.map(({ kind, text }) => `${kind} "${text}"`).join(', ');
      const why =
        clauses.length > 0
          ? `not allowed: ${clauses.map(({ path }) => path).join(', ')}`
          : 'decide with `entente operation text`';
      return `  the note on ${value} stays here: ${found}; ${why}`;
    }),
    ...(texts.length > SHOWN
      ? [`  … and ${formatCount(texts.length - SHOWN)} more notes; --json has all`]
      : []),
  ];
}
