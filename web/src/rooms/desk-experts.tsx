/** People who can be sent, and the seats that experts of peers hold in cases here. */
import { Badge, Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { useFormat } from '../ui/format.ts';
import { Moment } from '../ui/moment.tsx';
import { Mono, Short } from '../ui/mono.tsx';
import { Empty } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { type Column, Rows } from '../ui/rows.tsx';

type Expert = Answer<'GET /experts'>['experts'][number];
type Seat = Answer<'GET /seats'>['seats'][number];

export function Experts() {
  const { t, i18n } = useTranslation();
  const may = useMay();
  const { list } = useFormat();
  const { data, error, refetch } = useQuery(reading('GET /experts'));
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
      cell: ({ skills }) => <bdi className="cut">{list(skills)}</bdi>,
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
      <ProblemNote error={error} retry={() => refetch()} />
      {data?.experts.length === 0 && (
        <Empty words={t('desk.no-experts')}>
          <Mono>entente expert add</Mono>
        </Empty>
      )}
      {data && data.experts.length > 0 && (
        <Rows label={t('desk.part.experts')} columns={columns} rows={data.experts} keyOf={({ id }) => id} />
      )}
      <Modal
        opened={leaving !== null}
        onClose={() => setLeaving(null)}
        title={leaving && t('desk.remove-of', { name: leaving.name })}
        closeButtonProps={{ 'aria-label': t('shell.close') }}
      >
        <Stack>
          <Text size="sm">{t('desk.remove-means')}</Text>
          <ProblemNote error={remove.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setLeaving(null)}>
              {t('shell.cancel')}
            </Button>
            <Button
              color="red"
              onClick={() => leaving && remove.mutate(leaving.id)}
              loading={remove.isPending}
            >
              {t('me.remove')}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  );
}

export function Seats() {
  const { t } = useTranslation();
  const may = useMay();
  const { data, error, refetch } = useQuery(reading('GET /seats'));
  const [ending, setEnding] = useState<Seat | null>(null);
  const [reason, setReason] = useState('');
  const end = useMutation({
    mutationFn: (id: string) => call('POST /seats/{id}/withdrawal', { params: { id }, body: { reason } }),
    onSuccess: async () => {
      setEnding(null);
      setReason('');
      await queries.invalidateQueries(reading('GET /seats'));
    },
  });
  const columns: Column<Seat>[] = [
    {
      key: 'expert',
      head: t('desk.kind.expert'),
      width: 'minmax(10rem, 1.2fr)',
      cell: ({ expert }) => <Short text={expert} />,
    },
    {
      key: 'purpose',
      head: t('said.purpose'),
      width: 'minmax(12rem, 2fr)',
      cell: ({ purpose }) => (
        <bdi className="cut" dir="auto" title={purpose}>
          {purpose}
        </bdi>
      ),
    },
    {
      key: 'exhibits',
      head: t('desk.seat-exhibits'),
      width: '9rem',
      cell: ({ exhibits }) => <Mono>{exhibits.map(({ number }) => number).join(', ')}</Mono>,
    },
    { key: 'until', head: t('audit.until'), width: '12rem', cell: ({ until }) => <Moment at={until} /> },
    {
      key: 'state',
      head: t('exhibit.state'),
      width: '13rem',
      cell: (one) => (
        <Group gap={6} wrap="nowrap">
          <Badge variant="light" color={one.withdrawn ? 'gray' : 'teal'}>
            {t(one.withdrawn ? 'desk.seat-ended' : 'desk.seat-open')}
          </Badge>
          {one.supervised && <Badge variant="outline">{t('desk.supervised')}</Badge>}
        </Group>
      ),
    },
    { key: 'clause', head: t('finding.clause'), width: '8rem', cell: ({ clause }) => <Mono>{clause}</Mono> },
    {
      key: 'act',
      head: t('operation.act'),
      width: '8rem',
      cell: (one) =>
        one.withdrawn === null &&
        may('POST /seats/{id}/withdrawal') && (
          <Button size="compact-sm" variant="subtle" color="red" onClick={() => setEnding(one)}>
            {t('me.end')}
          </Button>
        ),
    },
  ];
  return (
    <Stack>
      <ProblemNote error={error} retry={() => refetch()} />
      {data?.seats.length === 0 && (
        <Empty words={t('desk.no-seats')}>
          <Mono>entente seat grant</Mono>
        </Empty>
      )}
      {data && data.seats.length > 0 && (
        <Rows label={t('desk.part.seats')} columns={columns} rows={data.seats} keyOf={({ id }) => id} />
      )}
      <Modal
        opened={ending !== null}
        onClose={() => setEnding(null)}
        title={t('desk.end-seat')}
        closeButtonProps={{ 'aria-label': t('shell.close') }}
      >
        <Stack>
          <Text size="sm">{t('desk.end-seat-means')}</Text>
          <Textarea
            label={t('operation.reason')}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={500}
            data-autofocus
          />
          <ProblemNote error={end.error} />
          <Button
            color="red"
            disabled={reason.trim() === ''}
            onClick={() => ending && end.mutate(ending.id)}
            loading={end.isPending}
          >
            {t('desk.end-seat')}
          </Button>
        </Stack>
      </Modal>
    </Stack>
  );
}
