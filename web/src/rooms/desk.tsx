/** Desk: what is asked of peers and by them, with its clock, its legal review and its answer. */
import { Badge, Button, Group, SegmentedControl, Stack, Tabs } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Moment } from '../ui/moment.tsx';
import { Empty, Page } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { type Column, Rows } from '../ui/rows.tsx';
import { TabList } from '../ui/tab-list.tsx';
import { Calendar } from './desk-calendar.tsx';
import { Lesson } from './desk-courses.tsx';
import { DraftRequest } from './desk-draft.tsx';
import { Experts } from './desk-experts.tsx';
import { type Ask, type Clock, RequestView } from './desk-request.tsx';
import { Seats } from './desk-seats.tsx';
import { Tools } from './desk-tools.tsx';
import { Attempt, Training } from './desk-training.tsx';

type Request = Answer<'GET /requests'>['requests'][number];

const PAGE = 100;
const ENDED = ['declined', 'closed', 'withdrawn'];

const PARTS = [
  ['requests', 'GET /requests'],
  ['experts', 'GET /experts'],
  ['seats', 'GET /seats'],
  ['tools', 'GET /tools'],
  ['training', 'GET /courses'],
  ['calendar', 'GET /desk/calendar'],
] as const;

export default function Desk() {
  const { part, id } = useParams({ strict: false }) as { part?: string; id?: string };
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const parts = PARTS.filter(([, route]) => may(route)).map(([name]) => name);
  const shown = parts.find((one) => one === part) ?? parts[0] ?? 'requests';
  return (
    <Page title={t('rooms.desk')} about={t('desk.about')}>
      <Tabs
        value={shown}
        onChange={(value) => value && navigate({ to: '/desk/$part', params: { part: value }, replace: true })}
        keepMounted={false}
      >
        <TabList>
          {parts.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {t(`desk.part.${one}`)}
            </Tabs.Tab>
          ))}
        </TabList>
        <Tabs.Panel value="requests">
          <Requests />
        </Tabs.Panel>
        <Tabs.Panel value="experts">
          <Experts />
        </Tabs.Panel>
        <Tabs.Panel value="seats">
          <Seats />
        </Tabs.Panel>
        <Tabs.Panel value="tools">
          <Tools />
        </Tabs.Panel>
        <Tabs.Panel value="calendar">
          <Calendar />
        </Tabs.Panel>
        <Tabs.Panel value="training">
          {!id ? <Training /> : id.startsWith('attempt--') ? <Attempt id={id} /> : <Lesson id={id} />}
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Requests() {
  const { t } = useTranslation();
  const may = useMay();
  const [direction, setDirection] = useState<'all' | 'in' | 'out'>('all');
  const [drafting, dialog] = useDisclosure(false);
  const [shown, setShown] = useState<string | null>(null);
  const peers = useQuery(reading('GET /peers'));
  const nameOf = (kid: string) => peers.data?.peers.find((peer) => peer.kid === kid)?.name ?? kid;
  const filter = direction === 'all' ? {} : { direction };
  const pages = useInfiniteQuery({
    queryKey: ['GET /requests', filter],
    queryFn: ({ pageParam, signal }) =>
      call('GET /requests', {
        query: { ...filter, limit: PAGE, ...(pageParam === null ? {} : { after: pageParam }) },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const requests = pages.data?.pages.flatMap((page) => page.requests) ?? [];
  const columns: Column<Request>[] = [
    {
      key: 'subject',
      head: t('desk.subject'),
      width: 'minmax(14rem, 2.5fr)',
      cell: (one) => (
        <button type="button" className="plain" onClick={() => setShown(one.id)}>
          <bdi>{(one.ask as Ask).subject}</bdi>
        </button>
      ),
    },
    { key: 'kind', head: t('desk.kind'), width: '9rem', cell: ({ kind }) => t(`desk.kind.${kind}`) },
    {
      key: 'peer',
      head: t('delivery.peer'),
      width: 'minmax(10rem, 1.4fr)',
      cell: (one) => (
        <>
          {t(`desk.${one.direction}`)} <bdi>{nameOf(one.peer)}</bdi>
        </>
      ),
    },
    {
      key: 'state',
      head: t('exhibit.state'),
      width: '10rem',
      cell: ({ state }) => (
        <Badge variant="light" color={ENDED.includes(state) ? 'gray' : 'harbour'}>
          {t(`desk.state.${state}`)}
        </Badge>
      ),
    },
    {
      key: 'clock',
      head: t('desk.clock'),
      width: '13rem',
      cell: ({ clock }) => <Due clock={clock as Clock | null} />,
    },
  ];
  return (
    <Stack>
      <Group justify="space-between">
        <SegmentedControl
          aria-label={t('delivery.direction')}
          value={direction}
          onChange={(value) => setDirection(value as typeof direction)}
          data={(['all', 'in', 'out'] as const).map((value) => ({ value, label: t(`desk.show.${value}`) }))}
        />
        {may('POST /requests') && <Button onClick={dialog.open}>{t('desk.new')}</Button>}
      </Group>
      <ProblemNote error={pages.error} retry={() => pages.refetch()} />
      {pages.data && requests.length === 0 && <Empty words={t('desk.none')} />}
      {requests.length > 0 && (
        <Rows
          label={t('rooms.desk')}
          columns={columns}
          rows={requests}
          keyOf={({ id }) => id}
          onEnd={() => {
            if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
          }}
        />
      )}
      <Dialog opened={drafting} onClose={dialog.close} title={t('desk.new')} size="lg">
        <DraftRequest onDone={dialog.close} />
      </Dialog>
      <Dialog opened={shown !== null} onClose={() => setShown(null)} title={t('desk.one')} size="lg">
        {shown && <RequestView id={shown} />}
      </Dialog>
    </Stack>
  );
}

/** The next thing that is due, and whether it is late. Words say it, not colour alone. */
function Due({ clock }: { readonly clock: Clock | null }) {
  const { t } = useTranslation();
  const open = [clock?.respond, clock?.resolve].find((target) => target?.at === null);
  if (!open || open.state === 'stopped') return null;
  return (
    <Group gap={6} wrap="nowrap">
      {open.state === 'missed' && (
        <Badge color="red" variant="light">
          {t('desk.late')}
        </Badge>
      )}
      <Moment at={open.by} />
    </Group>
  );
}
