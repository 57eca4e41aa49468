/** The chain of custody, as people read it; beside it the ledger that anyone may check. */
import { Badge, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { useBegun, WorkLine } from '../shell/work-menu.tsx';
import { Moment } from '../ui/moment.tsx';
import { Short } from '../ui/mono.tsx';
import { ProblemNote } from '../ui/problem.tsx';

export function Custody({ caseId, number }: { readonly caseId: string; readonly number: number }) {
  const { t } = useTranslation();
  const params = { id: caseId, number: String(number) };
  const { data, error } = useQuery(reading('GET /cases/{id}/exhibits/{number}/custody', { params }));
  if (error) return <ProblemNote error={error} />;
  if (!data) return <Skeleton h={160} />;
  return (
    <Stack>
      <ol className="chain">
        {data.events.map((event) => (
          <li key={`${event.node ?? ''} ${event.seq}`}>
            <Group gap="xs">
              <Text fw={600} size="sm">
                {t(`custody.${event.type}`)}
              </Text>
              <Badge variant="light" color={event.comparison === 'changed' ? 'red' : 'teal'}>
                {t(`comparison.${event.comparison}`)}
              </Badge>
            </Group>
            <Text size="sm">
              <Moment at={event.at} utc />
            </Text>
            <Text size="sm">
              <bdi>
                {[
                  event.person,
                  event.role && t(`roles.${event.role}`, { defaultValue: event.role }),
                  event.organisation,
                ]
                  .filter(Boolean)
                  .join(', ')}
              </bdi>
              {event.counterparty && (
                <>
                  {' · '}
                  <bdi>{event.counterparty}</bdi>
                </>
              )}
            </Text>
            <Text size="sm" c="dimmed" dir="auto">
              {[event.purpose, event.authority, event.place].filter(Boolean).join(' · ')}
            </Text>
            <Text size="xs" c="dimmed">
              {event.sha256 && (
                <>
                  SHA-256 <Short text={event.sha256} /> ·{' '}
                </>
              )}
              {event.node === null
                ? t('custody.leaf', { leaf: event.leaf })
                : t('custody.leaf-of', { leaf: event.leaf, node: event.node })}
            </Text>
          </li>
        ))}
      </ol>
      <LedgerCheck />
    </Stack>
  );
}

interface CheckResult {
  readonly ok: boolean;
  readonly leaves: number;
  readonly firstBad?: { readonly index: number; readonly why: string };
}

/** Rebuilds the tree from its leaves and compares. */
export function LedgerCheck() {
  const { t } = useTranslation();
  const may = useMay();
  const check = useMutation({
    mutationFn: () => call('POST /ledger/checks'),
    onSuccess: () => queries.invalidateQueries(reading('GET /work')),
  });
  const mine = useBegun(check.data);
  const result = mine?.result as unknown as CheckResult | null | undefined;
  if (!may('POST /ledger/checks')) return null;
  return (
    <Stack gap="xs" align="flex-start">
      <Button variant="default" size="xs" onClick={() => check.mutate()} loading={mine?.state === 'running'}>
        {t('ledger.verify')}
      </Button>
      {mine?.state === 'running' && <WorkLine work={mine} />}
      {result && (
        <Text size="sm" role="status" c={result.ok ? undefined : 'red'}>
          {result.ok
            ? t('ledger.right', { count: result.leaves })
            : t('ledger.wrong', { index: result.firstBad?.index ?? 0, why: result.firstBad?.why ?? '' })}
        </Text>
      )}
      <ProblemNote error={check.error ?? mine?.problem} />
    </Stack>
  );
}
