/** The target board: any number of targets, searched and filtered by the node; each opens with who said what, and what was decided. */
import { Button, Group, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Country, useCountryName } from '../ui/country.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/form.tsx';
import { kindWords } from '../ui/kind-words.ts';
import { Moment } from '../ui/moment.tsx';
import { Mono } from '../ui/mono.tsx';
import { Empty } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { type Column, Rows } from '../ui/rows.tsx';
import { GiveTargets } from './operation-give.tsx';
import { Gradings, Mark, Waits } from './operation-marks.tsx';
import { TargetView } from './operation-target.tsx';
import {
  type Board,
  MARKS,
  type Question,
  refresh,
  type Target,
  useNames,
  useTargets,
} from './operation-words.ts';

export function Targets({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const may = useMay();
  const nameOf = useNames();
  const countryName = useCountryName();
  const { id, leads, state } = board.operation;
  const chosen = useSearch({ strict: false }) as { country?: string };
  const [typed, setTyped] = useState('');
  const [text] = useDebouncedValue(typed.trim(), 250);
  const [mark, setMark] = useState<string>('all');
  const [country, setCountry] = useState<string | null>(chosen.country ?? null);
  const [kind, setKind] = useState<string | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const [giving, dialog] = useDisclosure(false);
  const question: Question = {
    ...(text ? { text } : {}),
    ...(mark === 'all' ? {} : { mark: mark as (typeof MARKS)[number] }),
    ...(country ? { country } : {}),
    ...(kind ? { kind } : {}),
  };
  const { targets, total, error, refetch, more } = useTargets(id, question);
  const slice = useMutation({
    mutationFn: () => call('POST /operations/{operation}/slicing', { params: { operation: id } }),
    onSuccess: refresh,
  });
  const joined = leads || board.parties.some((one) => one.peer === '' && one.state === 'joined');
  const isOpen = state === 'open';
  const isFiltered = Object.keys(question).length > 0;
  const buttons = isOpen && (
    <Group gap="xs">
      {joined && may('POST /operations/{operation}/contributions') && (
        <Button variant={isEmpty(board) ? 'filled' : 'default'} onClick={dialog.open}>
          {t('operation.give')}
        </Button>
      )}
      {leads && !isEmpty(board) && may('POST /operations/{operation}/slicing') && (
        <Button variant="default" onClick={() => slice.mutate()} loading={slice.isPending}>
          {t('operation.slice')}
        </Button>
      )}
    </Group>
  );
  const columns: Column<Target>[] = [
    {
      key: 'value',
      head: t('operation.target'),
      width: 'minmax(10rem, 1.7fr)',
      cell: (one) => (
        <button type="button" className="plain" onClick={() => setShown(one.id)}>
          <Mono title={one.value}>{one.value}</Mono>
        </button>
      ),
    },
    { key: 'kind', head: t('finding.kind'), width: '7.5rem', cell: (one) => kindWords(t, one.kind) },
    {
      key: 'mark',
      head: t('operation.mark'),
      width: '8.5rem',
      cell: (one) => <Mark mark={one.mark} />,
    },
    {
      key: 'country',
      head: t('operation.country'),
      width: 'minmax(8.5rem, 1.2fr)',
      cell: (one) =>
        one.country ? (
          <Country code={one.country} />
        ) : (
          <Text span c="dimmed" size="sm">
            {t('operation.nowhere')}
          </Text>
        ),
    },
    {
      key: 'grading',
      head: t('operation.grading'),
      width: '7rem',
      cell: (one) => <Gradings target={one} nameOf={nameOf} />,
    },
    {
      key: 'seen',
      head: t('operation.seen'),
      width: '12rem',
      cell: (one) => {
        const seen = one.contributions
          .flatMap(({ seenAt }) => seenAt ?? [])
          .sort()
          .at(-1);
        return seen ? <Moment at={seen} utc /> : null;
      },
    },
    { key: 'state', head: t('exhibit.state'), width: '9.5rem', cell: (one) => <Waits target={one} /> },
  ];
  return (
    <Stack>
      <Group justify="space-between" align="flex-end">
        <Group align="flex-end" gap="sm">
          <Field type="search" label={t('operation.search')} value={typed} onWrite={setTyped} w={220} />
          <SegmentedControl
            aria-label={t('operation.mark')}
            value={mark}
            onChange={setMark}
            data={['all', ...MARKS].map((value) => ({ value, label: t(`operation.mark.${value}`) }))}
          />
          <Select
            label={t('operation.country')}
            placeholder={t('operation.all')}
            clearable
            searchable
            w={190}
            value={country}
            onChange={setCountry}
            clearButtonProps={{ 'aria-label': t('shell.clear') }}
            data={board.counts.countries.map((one) => ({
              value: one.country,
              label: `${countryName(one.country)} (${one.country})`,
            }))}
          />
          <Select
            label={t('finding.kind')}
            placeholder={t('operation.all')}
            clearable
            w={140}
            value={kind}
            onChange={setKind}
            clearButtonProps={{ 'aria-label': t('shell.clear') }}
            data={board.counts.kinds.map((one) => ({ value: one.kind, label: kindWords(t, one.kind) }))}
          />
        </Group>
        {buttons}
      </Group>
      <ProblemNote error={error ?? slice.error} retry={() => refetch()} />
      {total !== null && (
        <Text size="sm" c="dimmed" role="status">
          {t('operation.shown', { count: total, all: board.counts.targets })}
        </Text>
      )}
      {total === 0 && <Empty words={t(isFiltered ? 'operation.nothing-fits' : 'operation.no-targets')} />}
      {targets.length > 0 && (
        <Rows
          label={t('operation.part.targets')}
          columns={columns}
          rows={targets}
          keyOf={(one) => one.id}
          onEnd={more}
          height="calc(100vh - 24rem)"
        />
      )}
      <Dialog opened={shown !== null} onClose={() => setShown(null)} title={t('operation.target')} size="xl">
        {shown && <TargetView board={board} id={shown} />}
      </Dialog>
      <Dialog opened={giving} onClose={dialog.close} title={t('operation.give')} size="lg">
        <GiveTargets board={board} />
      </Dialog>
    </Stack>
  );
}

const isEmpty = (board: Board) => board.counts.targets === 0;
