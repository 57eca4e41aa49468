/** The action day: one instant, its countdown, and what the clock shows at every party then. */
import { Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useDisclosure, useInterval } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/form.tsx';
import { Moment } from '../ui/moment.tsx';
import { Empty, Panel } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { type Board, refresh, useNames } from './operation-words.ts';

const S = 1_000;

/** `2 d 04:05:06` of time left, as digital clocks show it. */
function parts(ms: number): { days: number; clock: string } {
  const seconds = Math.floor(Math.abs(ms) / S);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = [Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return { days: Math.floor(seconds / 86_400), clock: clock.map(two).join(':') };
}

export function Clock({ board }: { readonly board: Board }) {
  const { t, i18n } = useTranslation();
  const may = useMay();
  const nameOf = useNames();
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), S, { autoInvoke: true });
  const [setting, dialog] = useDisclosure(false);
  const { actionDay, leads, state } = board.operation;
  const maySet = leads && state === 'open' && may('PUT /operations/{operation}');
  const button = maySet && (
    <Button size="xs" variant="default" onClick={dialog.open}>
      {t(actionDay ? 'operation.move-day' : 'operation.set-day')}
    </Button>
  );
  const zones = [
    { name: t('operation.here'), zone: Intl.DateTimeFormat().resolvedOptions().timeZone },
    ...board.parties
      .filter(({ state: at }) => at === 'joined')
      .map(({ peer, timeZone }) => ({ name: nameOf(peer), zone: timeZone })),
  ];
  const shown = (zone: string) =>
    new Intl.DateTimeFormat(i18n.language, {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      timeZone: zone,
      timeZoneName: 'shortOffset',
    }).format(new Date(actionDay!));
  const left = actionDay ? Date.parse(actionDay) - now : 0;
  const { days, clock } = parts(left);
  return (
    <>
      {actionDay ? (
        <Panel title={t('operation.action-day')} actions={button}>
          <Group gap="xl" align="flex-start">
            <div>
              <div className="countdown" role="timer">
                {t(left >= 0 ? 'operation.days-left' : 'operation.days-past', { days })}{' '}
                <bdi dir="ltr">{clock}</bdi>
              </div>
              <Moment at={actionDay} utc />
            </div>
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm" style={{ flex: 1 }}>
              {zones.map(({ name, zone }) => (
                <div key={`${name} ${zone}`} className="zone">
                  <Text size="sm" fw={600} truncate>
                    <bdi>{name}</bdi>
                  </Text>
                  <time dateTime={actionDay}>{shown(zone)}</time>
                  <Text size="xs" c="dimmed">
                    <bdi dir="ltr">{zone}</bdi>
                  </Text>
                </div>
              ))}
            </SimpleGrid>
          </Group>
        </Panel>
      ) : (
        <Empty words={t('operation.no-day')}>{button}</Empty>
      )}
      <Dialog opened={setting} onClose={dialog.close} title={t('operation.action-day')}>
        <SetDay board={board} onDone={dialog.close} />
      </Dialog>
    </>
  );
}

function SetDay({ board, onDone }: { readonly board: Board; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const [day, setDay] = useState(board.operation.actionDay?.slice(0, 16) ?? '');
  const change = useMutation({
    mutationFn: () =>
      call('PUT /operations/{operation}', {
        params: { operation: board.operation.id },
        body: { actionDay: day ? `${day}:00Z` : null },
      }),
    onSuccess: async () => {
      await refresh();
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <Stack>
        <Field
          type="datetime-local"
          label={t('operation.action-day-utc')}
          description={t('operation.day-means')}
          value={day}
          onWrite={setDay}
          data-autofocus
        />
        <ProblemNote error={change.error} />
        <Button type="submit" loading={change.isPending}>
          {t('operation.tell-parties')}
        </Button>
      </Stack>
    </form>
  );
}
