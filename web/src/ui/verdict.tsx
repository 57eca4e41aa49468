/** A verdict, and the clauses that decided. Colour never says it alone. */
import { Badge, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
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

export interface Clause {
  readonly path: string;
  readonly words: string;
}

export function Clauses({ clauses }: { readonly clauses: readonly Clause[] }) {
  return (
    <Stack gap={2}>
      {clauses.map(({ path, words }) => (
        <Text size="sm" key={`${path} ${words}`}>
          <Mono>{path}</Mono> <bdi dir="auto">{words}</bdi>
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
