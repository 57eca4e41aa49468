/** Long work of mine, wherever I am in the workspace and after a reload. */
import { ActionIcon, Badge, Button, Group, Indicator, Progress, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries, reading } from '../api/client.ts';
import { Moment } from '../ui/moment.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { DropDown } from './drop-down.tsx';
import { Icon } from './icons.tsx';

export type WorkView = Answer<'GET /work/{id}'>;

const RUNNING_MS = 700;
/** Also how soon a page that nobody touches notices that its node is away. */
const RESTING_MS = 10_000;
const SHOWN = 8;

export const useWork = () =>
  useQuery({
    ...reading('GET /work'),
    refetchInterval: ({ state }) =>
      state.data?.work.some((one) => one.state === 'running') ? RUNNING_MS : RESTING_MS,
  });

/** The long work that a press of a button began; undefined before that. */
export function useBegun(begun: { readonly id: string } | undefined): WorkView | undefined {
  const { data } = useWork();
  return data?.work.find(({ id }) => id === begun?.id);
}

export function WorkMenu() {
  const { t } = useTranslation();
  const { data } = useWork();
  const work = data?.work ?? [];
  const running = work.filter(({ state }) => state === 'running').length;
  const ended =
    data &&
    work
      .filter(({ state }) => state !== 'running')
      .map(({ id }) => id)
      .join(' ');
  const before = useRef(ended);
  // What ended has changed what the rooms show, also when it began and ended between two looks.
  useEffect(() => {
    if (before.current !== undefined && ended !== before.current)
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'GET /work' });
    before.current = ended;
  }, [ended]);
  return (
    <>
      <Indicator disabled={running === 0} label={running} size={16}>
        <ActionIcon variant="default" size="lg" aria-label={t('work.menu', { running })} popoverTarget="work">
          <Icon name="work" />
        </ActionIcon>
      </Indicator>
      <DropDown id="work" label={t('work.menu', { running })} isWide>
        <Stack gap="md">
          {work.length === 0 && <Text c="dimmed">{t('work.none')}</Text>}
          {work.slice(0, SHOWN).map((one) => (
            <WorkLine key={one.id} work={one} />
          ))}
        </Stack>
      </DropDown>
    </>
  );
}

export function WorkLine({ work }: { readonly work: WorkView }) {
  const { t } = useTranslation();
  const percent = work.total ? Math.min(100, (100 * work.done) / work.total) : null;
  const what = t(`work.${work.kind}`);
  const stop = useMutation({
    mutationFn: () => call('DELETE /work/{id}', { params: { id: work.id } }),
    onSuccess: () => queries.invalidateQueries(reading('GET /work')),
  });
  return (
    <Stack gap={4}>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" truncate>
          {what} · <bdi>{work.subject}</bdi>
        </Text>
        <Badge
          variant="light"
          color={
            { running: 'harbour', done: 'teal', failed: 'red', stopped: 'yellow', interrupted: 'orange' }[
              work.state
            ]
          }
          style={{ flexShrink: 0 }}
        >
          {t(`work.state.${work.state}`)}
        </Badge>
      </Group>
      {work.state === 'running' && (
        <Group gap="xs" wrap="nowrap">
          <Progress
            value={percent ?? 100}
            animated
            striped={percent === null}
            aria-label={`${what} ${work.subject}`}
            style={{ flex: 1 }}
          />
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => stop.mutate()}
            disabled={work.stopping}
            aria-label={t('work.stop', { what: `${what} ${work.subject}` })}
          >
            {t(work.stopping ? 'work.stopping' : 'shell.stop')}
          </Button>
        </Group>
      )}
      {(work.state === 'stopped' || work.state === 'interrupted') && (
        <Text size="xs" c="dimmed">
          {t(`work.${work.state}-means`)}
        </Text>
      )}
      <ProblemNote error={stop.error} />
      {work.problem && <ProblemNote error={work.problem} />}
      {work.endedAt && (
        <Text size="xs" c="dimmed">
          <Moment at={work.endedAt} />
        </Text>
      )}
    </Stack>
  );
}
