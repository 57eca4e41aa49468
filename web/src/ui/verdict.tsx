/** A verdict, and the clauses that decided. Colour never says it alone. */
import { Badge, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { parseReason } from '../../../src/agreement/reasons/reason.ts';
import { sayReason } from '../../../src/agreement/reasons/say.ts';
import type { Clause } from '../api/client.ts';
import { reasonWords } from '../i18n/index.ts';
import { Mono } from './mono.tsx';

const COLOURS: Readonly<Record<string, string>> = { allow: 'teal', deny: 'red', ask: 'yellow' };

export function Verdict({ verdict }: { readonly verdict: string }) {
  const { t } = useTranslation();
  return (
    <Badge variant="light" color={COLOURS[verdict] ?? 'gray'}>
      {t(`verdict.${verdict}`)}
    </Badge>
  );
}

/**
 * The message for the place in an agreement that decided: `flows[2].tlp` is `because.flows.tlp`. A clause that allows says another thing than the
 * same one refusing. Null for a place that no message is for.
 */
export function reasonKey(has: (key: string) => boolean, { path, effect }: Clause): string | null {
  const fields = path.replaceAll(/\[\d+\]/g, '').split('.');
  for (let length = fields.length; length > 0; length--) {
    const key = `because.${fields.slice(0, length).join('.')}`;
    if (effect === 'allow' && has(`${key}.allow`)) return `${key}.allow`;
    if (has(key)) return key;
  }
  return null;
}

/**
 * Why, in the reader's language. Where a clause was recorded without its reason, what is said of its place in the agreement; the node's own
 * sentence, in English, has the values: it is there for who points at it.
 */
export function Reason({ clause }: { readonly clause: Clause }) {
  const { t, i18n } = useTranslation();
  const words = reasonWords(i18n.language);
  const reason = words && parseReason(clause.reason);
  if (reason) return <bdi>{sayReason(reason, words)}</bdi>;
  const key = reasonKey((one) => i18n.exists(one), clause);
  if (key === null || i18n.language === 'en') return <bdi dir="auto">{clause.words}</bdi>;
  return <bdi title={clause.words}>{t(key, { words: clause.words })}</bdi>;
}

export function Clauses({ clauses }: { readonly clauses: readonly Clause[] }) {
  return (
    <Stack gap={2}>
      {clauses.map((clause) => (
        <Text size="sm" key={`${clause.path} ${clause.words}`}>
          <Mono>{clause.path}</Mono> <Reason clause={clause} />
        </Text>
      ))}
    </Stack>
  );
}

const STATES: Readonly<Record<string, string>> = {
  'in-force': 'teal',
  draft: 'gray',
  proposed: 'yellow',
  suspended: 'orange',
  expired: 'red',
  terminated: 'red',
  succeeded: 'blue',
};

export function StateBadge({ state }: { readonly state: string }) {
  const { t } = useTranslation();
  return (
    <Badge variant="light" color={STATES[state] ?? 'gray'}>
      {t(`state.${state}`)}
    </Badge>
  );
}
