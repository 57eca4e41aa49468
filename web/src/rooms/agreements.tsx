/** Agreements: all of them, with their life at a glance. */
import { Group, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Answer, reading } from '../api/client.ts';
import { Day } from '../ui/moment.tsx';
import { Mono } from '../ui/mono.tsx';
import { Empty, Page } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { StateBadge } from '../ui/verdict.tsx';

export type AgreementView = Answer<'GET /agreements'>['agreements'][number];

export default function Agreements() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(reading('GET /agreements'));
  return (
    <Page title={t('rooms.agreements')} about={t('agreements.about')}>
      <ProblemNote error={error} retry={() => refetch()} />
      {data?.agreements.length === 0 && (
        <Empty words={t('agreements.none')}>
          <Mono>entente agreement new</Mono>
        </Empty>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {data?.agreements.map((one) => (
          <Paper key={one.id} withBorder p="md" component="article">
            <Stack gap="xs">
              <Group justify="space-between" align="flex-start" wrap="nowrap">
                <Text fw={600} dir="auto">
                  <Link className="link" to="/agreements/$id" params={{ id: one.id }}>
                    {one.title}
                  </Link>
                </Text>
                <StateBadge state={one.state} />
              </Group>
              <Text size="sm" dir="auto">
                {one.parties.join(' · ')}
              </Text>
              <Life from={one.from} until={one.until} />
              {one.missing.length > 0 && (
                <Text size="sm">{t('agreements.missing', { count: one.missing.length })}</Text>
              )}
            </Stack>
          </Paper>
        ))}
      </SimpleGrid>
    </Page>
  );
}

/** The term as a line, and where on it we are. */
export function Life({ from, until }: { readonly from: string; readonly until: string }) {
  const { t } = useTranslation();
  const [start, end, now] = [Date.parse(from), Date.parse(until), Date.now()];
  const part = Math.min(1, Math.max(0, (now - start) / (end - start)));
  const percent = `${(100 * part).toFixed(1)}%`;
  return (
    <div>
      <div className="life" role="img" aria-label={t('agreements.life', { percent: Math.round(100 * part) })}>
        <div className="gone" style={{ inlineSize: percent }} />
        <div className="now" style={{ insetInlineStart: percent }} />
      </div>
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          <Day at={from} />
        </Text>
        <Text size="xs" c="dimmed">
          <Day at={until} />
        </Text>
      </Group>
    </div>
  );
}
