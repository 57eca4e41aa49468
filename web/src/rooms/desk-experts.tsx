/** People of this organisation who can be sent. */
import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Confirm } from '../ui/form.tsx';
import { useFormat } from '../ui/format.ts';
import { Moment } from '../ui/moment.tsx';
import { Empty, Panel } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import type { Column } from '../ui/rows.tsx';
import { SortedRows } from '../ui/sorted-rows.tsx';
import { Reason } from '../ui/verdict.tsx';
import { AddExpert } from './desk-expert-add.tsx';

type Expert = Answer<'GET /experts'>['experts'][number];

export function Experts() {
  const { t, i18n } = useTranslation();
  const may = useMay();
  const { list } = useFormat();
  const { data, error, refetch } = useQuery(reading('GET /experts'));
  const [adding, dialog] = useDisclosure(false);
  const [leaving, setLeaving] = useState<Expert | null>(null);
  const remove = useMutation({
    mutationFn: (id: string) => call('DELETE /experts/{id}', { params: { id } }),
    onSuccess: async () => {
      setLeaving(null);
      await queries.invalidateQueries(reading('GET /experts'));
    },
  });
  const names = new Intl.DisplayNames(i18n.language, { type: 'language' });
  const columns: Column<Expert>[] = [
    {
      key: 'name',
      head: t('people.name'),
      width: 'minmax(10rem, 1.2fr)',
      cell: ({ name }) => <bdi>{name}</bdi>,
    },
    {
      key: 'skills',
      head: t('desk.skills'),
      width: 'minmax(12rem, 2fr)',
      cell: ({ skills }) => <span className="cut">{list(skills)}</span>,
    },
    {
      key: 'languages',
      head: t('desk.languages'),
      width: 'minmax(9rem, 1.2fr)',
      cell: ({ languages }) => list(languages.map((one) => names.of(one) ?? one)),
    },
    {
      key: 'clearance',
      head: t('desk.clearance-held'),
      width: '10rem',
      cell: ({ clearance }) => t(`desk.clearance.${clearance}`, { defaultValue: clearance }),
    },
    {
      key: 'act',
      head: t('operation.act'),
      width: '9rem',
      cell: (one) =>
        may('DELETE /experts/{id}') && (
          <Button
            size="compact-sm"
            variant="subtle"
            color="red"
            aria-label={t('desk.remove-of', { name: one.name })}
            onClick={() => setLeaving(one)}
          >
            {t('me.remove')}
          </Button>
        ),
    },
  ];
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={620}>
          {t('expert.about')}
        </Text>
        {may('POST /experts') && <Button onClick={dialog.open}>{t('expert.add')}</Button>}
      </Group>
      <ProblemNote error={error} retry={() => refetch()} />
      {data?.experts.length === 0 && <Empty words={t('desk.no-experts')} />}
      {data && data.experts.length > 0 && (
        <SortedRows
          label={t('desk.part.experts')}
          columns={columns}
          rows={data.experts}
          values={{
            name: ({ name }) => name,
            skills: ({ skills }) => list(skills),
            languages: ({ languages }) => list(languages.map((one) => names.of(one) ?? one)),
            clearance: ({ clearance }) => t(`desk.clearance.${clearance}`, { defaultValue: clearance }),
          }}
          keyOf={({ id }) => id}
        />
      )}
      {may('GET /experts/seats') && <SeatsAway experts={data?.experts ?? []} />}
      <Dialog opened={adding} onClose={dialog.close} title={t('expert.add')} size="lg">
        <AddExpert onDone={dialog.close} />
      </Dialog>
      <Dialog
        opened={leaving !== null}
        onClose={() => setLeaving(null)}
        title={leaving && t('desk.remove-of', { name: leaving.name })}
      >
        {leaving && (
          <Confirm
            means={t('desk.remove-means')}
            action={t('me.remove')}
            sends={{ ...remove, mutate: () => remove.mutate(leaving.id) }}
            onCancel={() => setLeaving(null)}
          />
        )}
      </Dialog>
    </Stack>
  );
}

type SeatAway = Answer<'GET /experts/seats'>['seats'][number];

/** Where people of this organisation sit now; what a seat is for and what it names is its holder's to know. */
function SeatsAway({ experts }: { readonly experts: readonly Expert[] }) {
  const { t } = useTranslation();
  const { data, error } = useQuery(reading('GET /experts/seats'));
  const peers = useQuery(reading('GET /peers'));
  const expertOf = (one: SeatAway) => experts.find(({ id }) => id === one.expert)?.name ?? one.expert;
  const peerOf = (one: SeatAway) => peers.data?.peers.find(({ kid }) => kid === one.peer)?.name ?? one.peer;
  const columns: Column<SeatAway>[] = [
    {
      key: 'expert',
      head: t('desk.kind.expert'),
      width: 'minmax(10rem, 1.2fr)',
      cell: (one) => <bdi>{expertOf(one)}</bdi>,
    },
    {
      key: 'peer',
      head: t('delivery.peer'),
      width: 'minmax(10rem, 1.4fr)',
      cell: (one) => <bdi>{peerOf(one)}</bdi>,
    },
    { key: 'until', head: t('audit.until'), width: '12rem', cell: ({ until }) => <Moment at={until} /> },
    {
      key: 'state',
      head: t('exhibit.state'),
      width: '9rem',
      cell: ({ over }) => (
        <Badge variant="light" color={over ? 'gray' : 'teal'}>
          {t(over ? 'desk.seat-ended' : 'desk.seat-open')}
        </Badge>
      ),
    },
    {
      key: 'why',
      head: t('operation.reason'),
      width: 'minmax(10rem, 1.4fr)',
      cell: ({ withdrawn, over }) => (
        <bdi className="cut" dir="auto">
          {withdrawn?.reason ?? (over && <Reason clause={over} />)}
        </bdi>
      ),
    },
  ];
  if (data?.seats.length === 0) return null;
  return (
    <Panel title={t('expert.seats-away')}>
      <ProblemNote error={error} />
      {data && (
        <SortedRows
          label={t('expert.seats-away')}
          columns={columns}
          rows={data.seats}
          values={{
            expert: expertOf,
            peer: peerOf,
            until: ({ until }) => until,
            state: ({ over }) => t(over ? 'desk.seat-ended' : 'desk.seat-open'),
          }}
          addressed="away"
          keyOf={({ id }) => id}
          height="16rem"
        />
      )}
    </Panel>
  );
}
