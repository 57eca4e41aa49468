/** The seats that experts of peers hold in cases here. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Moment } from '../ui/moment.tsx';
import { Mono, Short } from '../ui/mono.tsx';
import { Empty } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import type { Column } from '../ui/rows.tsx';
import { SortedRows } from '../ui/sorted-rows.tsx';
import { type Seat, SeatState, SeatView } from './desk-seat.tsx';
import { GrantSeat } from './desk-seat-grant.tsx';

export function Seats() {
  const { t } = useTranslation();
  const may = useMay();
  const { data, error, refetch } = useQuery(reading('GET /seats'));
  const cases = useQuery({ ...reading('GET /cases'), enabled: may('GET /cases') });
  const [granting, dialog] = useDisclosure(false);
  const [shown, setShown] = useState<string | null>(null);
  const caseName = (id: string) => cases.data?.cases.find((file) => file.id === id)?.name ?? id;
  const columns: Column<Seat>[] = [
    {
      key: 'purpose',
      head: t('said.purpose'),
      width: 'minmax(12rem, 2fr)',
      cell: ({ id, purpose }) => (
        <button type="button" className="plain" onClick={() => setShown(id)} title={purpose}>
          <bdi dir="auto">{purpose}</bdi>
        </button>
      ),
    },
    {
      key: 'case',
      head: t('tool.case'),
      width: 'minmax(8rem, 1.2fr)',
      cell: (one) => <bdi className="cut">{caseName(one.case)}</bdi>,
    },
    {
      key: 'expert',
      head: t('desk.kind.expert'),
      width: 'minmax(9rem, 1fr)',
      cell: ({ expert }) => <Short text={expert} />,
    },
    {
      key: 'exhibits',
      head: t('desk.seat-exhibits'),
      width: '6rem',
      cell: ({ exhibits }) => <Mono>{exhibits.map(({ number }) => number).join(', ')}</Mono>,
    },
    { key: 'until', head: t('audit.until'), width: '11rem', cell: ({ until }) => <Moment at={until} /> },
    {
      key: 'state',
      head: t('exhibit.state'),
      width: '13.5rem',
      cell: (one) => <SeatState seat={one} />,
    },
    { key: 'clause', head: t('finding.clause'), width: '8rem', cell: ({ clause }) => <Mono>{clause}</Mono> },
  ];
  const one = data?.seats.find(({ id }) => id === shown);
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={620}>
          {t('seat.about')}
        </Text>
        {may('POST /seats') && <Button onClick={dialog.open}>{t('seat.grant')}</Button>}
      </Group>
      <ProblemNote error={error} retry={() => refetch()} />
      {data?.seats.length === 0 && <Empty words={t('desk.no-seats')} />}
      {data && data.seats.length > 0 && (
        <SortedRows
          label={t('desk.part.seats')}
          columns={columns}
          rows={data.seats}
          values={{
            purpose: ({ purpose }) => purpose,
            case: (one) => caseName(one.case),
            until: ({ until }) => until,
            clause: ({ clause }) => clause,
          }}
          keyOf={({ id }) => id}
        />
      )}
      <Dialog opened={granting} onClose={dialog.close} title={t('seat.grant')} size="lg">
        <GrantSeat onDone={dialog.close} />
      </Dialog>
      <Dialog opened={one !== undefined} onClose={() => setShown(null)} title={t('seat.one')} size="lg">
        {one && <SeatView seat={one} caseName={caseName(one.case)} />}
      </Dialog>
    </Stack>
  );
}
