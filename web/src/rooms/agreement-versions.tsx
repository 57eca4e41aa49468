/** What one version of an agreement widens and narrows against another, and how much of its services is used up. */
import { Badge, Group, Progress, Select, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { reading } from '../api/client.ts';
import type { Language } from '../i18n/index.ts';
import { useFormat } from '../ui/format.ts';
import { Day } from '../ui/moment.tsx';
import { Mono } from '../ui/mono.tsx';
import { Empty, Panel, Scroll } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';

const COLOURS = { widens: 'orange', narrows: 'teal', changes: 'gray' } as const;

export function Versions({ id }: { readonly id: string }) {
  const { t, i18n } = useTranslation();
  const [from, setFrom] = useState<number | null>(null);
  const [to, setTo] = useState<number | null>(null);
  const chosen = from !== null && to !== null ? { from, to } : {};
  const { data, error } = useQuery({
    ...reading('GET /agreements/{id}/diff', {
      params: { id },
      query: { ...chosen, language: i18n.language as Language },
    }),
    placeholderData: (before) => before,
  });
  if (error) return <ProblemNote error={error} />;
  if (!data) return <Skeleton h={160} />;
  const { versions, changes } = data;
  if (versions.length < 2) return <Empty words={t('agreement.one-version')} />;
  const shownFrom = from ?? versions.at(-2)!;
  const shownTo = to ?? versions.at(-1)!;
  const select = (label: string, value: number, set: (value: number) => void) => (
    <Select
      label={label}
      data={versions.map((one) => ({ value: String(one), label: t('agreement.version', { version: one }) }))}
      value={String(value)}
      onChange={(next) => next && set(Number(next))}
    />
  );
  return (
    <Panel title={t('agreement.versions')}>
      <Group align="flex-end">
        {select(t('agreement.older'), shownFrom, (value) => {
          setFrom(value);
          setTo(shownTo);
        })}
        {select(t('agreement.newer'), shownTo, (value) => {
          setFrom(shownFrom);
          setTo(value);
        })}
        {data.waits && (
          <Badge variant="light" color="yellow" mb={8}>
            {t('agreement.waits')}
          </Badge>
        )}
      </Group>
      {changes.length === 0 && <Text size="sm">{t('agreement.no-changes')}</Text>}
      {changes.length > 0 && (
        <Scroll>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('agreement.effect')}</Table.Th>
                <Table.Th>{t('finding.clause')}</Table.Th>
                <Table.Th>{t('agreement.what-changes')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {changes.map(({ path, effect, words }) => (
                <Table.Tr key={`${path} ${words}`}>
                  <Table.Td>
                    <Badge variant="light" color={COLOURS[effect]}>
                      {t(`agreement.effect.${effect}`)}
                    </Badge>
                  </Table.Td>
                  <Table.Td>
                    <Mono>{path}</Mono>
                  </Table.Td>
                  <Table.Td>
                    <bdi dir="auto">{words}</bdi>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Scroll>
      )}
    </Panel>
  );
}

export function Services({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const { count, list } = useFormat();
  const { data, error } = useQuery(reading('GET /agreements/{id}/services', { params: { id } }));
  if (error) return <ProblemNote error={error} />;
  if (!data) return <Skeleton h={160} />;
  if (data.services.length === 0) return <Empty words={t('agreement.no-services')} />;
  return (
    <Stack>
      {data.services.map((one) => {
        const share = one.amount === 0 ? 100 : Math.min(100, (100 * one.used) / one.amount);
        const label = t('agreement.used', { used: one.used, amount: one.amount });
        return (
          <Panel
            key={one.path}
            title={<span dir="auto">{one.title}</span>}
            actions={<Badge variant="light">{t(`service.${one.kind}`, { defaultValue: one.kind })}</Badge>}
          >
            <Text size="sm" c="dimmed">
              <Mono>{one.path}</Mono> · {t('clause.from-to', { from: one.from, to: list(one.to) })}
            </Text>
            <Progress
              value={share}
              color={share >= 100 ? 'red' : share >= 80 ? 'orange' : 'harbour'}
              aria-label={label}
            />
            <Group justify="space-between">
              <Text size="sm">
                {label} {t(`unit.${one.unit}`, { count: one.amount, defaultValue: one.unit })} ·{' '}
                {t('agreement.left', { count: Math.max(0, one.amount - one.used) })}
              </Text>
              <Text size="sm" c="dimmed">
                <Day at={one.periodFrom} /> – <Day at={one.periodUntil} /> ({count(Math.round(share))} %)
              </Text>
            </Group>
          </Panel>
        );
      })}
    </Stack>
  );
}
