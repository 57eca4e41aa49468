/** When this organisation works, in which the clocks of requests to it run. What that changes is shown before it is set. */
import { Alert, Button, Group, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  addWorkingHours,
  WEEKDAYS,
  type Weekday,
  type WorkingCalendar,
} from '../../../src/desk/working-calendar.ts';
import { call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Form } from '../ui/form.tsx';
import { useFormat } from '../ui/format.ts';
import { Moment } from '../ui/moment.tsx';
import { Facts, Panel } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { isSound, useDayNames, WorkingHours } from './desk-working-hours.tsx';

/** Of the example by which a change is made plain: a working day of many. */
const EXAMPLE_HOURS = 8;

export function Calendar() {
  const { t } = useTranslation();
  const may = useMay();
  const { data, error, refetch } = useQuery(reading('GET /desk/calendar'));
  const [draft, setDraft] = useState<WorkingCalendar | null>(null);
  const [reviewing, dialog] = useDisclosure(false);
  const set = useMutation({
    mutationFn: () => call('PUT /desk/calendar', { body: { ...draft!, holidays: [...draft!.holidays] } }),
    onSuccess: async () => {
      await queries.invalidateQueries(reading('GET /desk/calendar'));
      setDraft(null);
      dialog.close();
    },
  });
  const words = useWords();
  if (error) return <ProblemNote error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton h={240} />;
  const shown = draft ?? data;
  const changes = isSound(shown) ? words.changes(data, shown) : [];
  return (
    <Stack maw={620}>
      <Text size="sm" c="dimmed">
        {t('calendar.about')}
      </Text>
      <Panel>
        {may('PUT /desk/calendar') ? (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              dialog.open();
            }}
          >
            <Stack>
              <WorkingHours value={shown} onChange={setDraft} />
              <Group justify="flex-end">
                {draft && (
                  <Button variant="default" onClick={() => setDraft(null)}>
                    {t('shell.cancel')}
                  </Button>
                )}
                <Button type="submit" disabled={changes.length === 0}>
                  {t('calendar.review')}
                </Button>
              </Group>
            </Stack>
          </form>
        ) : (
          <Facts facts={words.facts(data)} />
        )}
      </Panel>
      {set.isSuccess && draft === null && (
        <Alert color="teal" role="status">
          {t('calendar.done')}
        </Alert>
      )}
      <Dialog opened={reviewing} onClose={dialog.close} title={t('calendar.changes')} size="lg">
        <Form action={t('calendar.set')} sends={set} isReady>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('calendar.what')}</Table.Th>
                <Table.Th>{t('calendar.was')}</Table.Th>
                <Table.Th>{t('calendar.becomes')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {changes.map(({ what, was, becomes }) => (
                <Table.Tr key={what}>
                  <Table.Td>{what}</Table.Td>
                  <Table.Td>
                    <bdi>{was}</bdi>
                  </Table.Td>
                  <Table.Td>
                    <bdi>{becomes}</bdi>
                  </Table.Td>
                </Table.Tr>
              ))}
              {reviewing && (
                <Table.Tr>
                  <Table.Td>{t('calendar.example', { count: EXAMPLE_HOURS })}</Table.Td>
                  {[data, shown].map((calendar, i) => (
                    <Table.Td key={i === 0 ? 'was' : 'becomes'}>
                      <Moment at={addWorkingHours(calendar, new Date(), EXAMPLE_HOURS).toISOString()} />
                    </Table.Td>
                  ))}
                </Table.Tr>
              )}
            </Table.Tbody>
          </Table>
          <Text size="sm">{t('calendar.means')}</Text>
        </Form>
      </Dialog>
    </Stack>
  );
}

/** A calendar in words: its settings, and what another one has otherwise. */
function useWords() {
  const { t, i18n } = useTranslation();
  const { list } = useFormat();
  const nameOf = useDayNames();
  const format = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeZone: 'UTC' });
  const dateOf = (day: string) => format.format(new Date(`${day}T00:00:00Z`));
  const hoursOn = ({ hours }: WorkingCalendar, weekday: Weekday) => {
    const open = hours[weekday];
    return open ? `\u2066${open.join('–')}\u2069` : t('calendar.off');
  };
  const on = (calendar: WorkingCalendar, day: string) =>
    calendar.holidays.includes(day)
      ? t('calendar.holiday')
      : hoursOn(calendar, WEEKDAYS[(new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7]!);
  return {
    facts: (calendar: WorkingCalendar): [string, string][] => [
      [t('expert.time-zone'), calendar.timeZone],
      ...WEEKDAYS.map((day): [string, string] => [nameOf(day), hoursOn(calendar, day)]),
      [t('expert.holidays'), list(calendar.holidays.map(dateOf)) || t('calendar.no-holidays')],
    ],
    changes: (was: WorkingCalendar, becomes: WorkingCalendar) =>
      [
        { what: t('expert.time-zone'), was: was.timeZone, becomes: becomes.timeZone },
        ...WEEKDAYS.map((day) => ({
          what: nameOf(day),
          was: hoursOn(was, day),
          becomes: hoursOn(becomes, day),
        })),
        ...[...new Set([...was.holidays, ...becomes.holidays])]
          .filter((day) => was.holidays.includes(day) !== becomes.holidays.includes(day))
          .map((day) => ({ what: dateOf(day), was: on(was, day), becomes: on(becomes, day) })),
      ].filter((one) => one.was !== one.becomes),
  };
}
