/** What waits for a person: targets that several countries claim, that are nowhere or held, and notes that may name somebody. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { LongField } from '../ui/form.tsx';
import { useFormat } from '../ui/format.ts';
import { Mono } from '../ui/mono.tsx';
import { Empty, Panel, Scroll } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { type Column, Rows } from '../ui/rows.tsx';
import { Mark, Waits } from './operation-marks.tsx';
import { TargetView } from './operation-target.tsx';
import { type Board, type Prepared, refresh, type Target, useTargets } from './operation-words.ts';

export function Queue({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const may = useMay();
  const { count } = useFormat();
  const { id, leads, state } = board.operation;
  const { targets, total, error, refetch, more } = useTargets(id, { waits: 'any' });
  const [shown, setShown] = useState<{ readonly target: Target; readonly routeTo: string | null } | null>(
    null,
  );
  const canDecide = state === 'open' && may('POST /operations/{operation}/targets/{target}/decisions');
  const columns: Column<Target>[] = [
    {
      key: 'value',
      head: t('operation.target'),
      width: 'minmax(12rem, 1.6fr)',
      cell: (one) => (
        <button type="button" className="plain" onClick={() => setShown({ target: one, routeTo: null })}>
          <Mono title={one.value}>{one.value}</Mono>
        </button>
      ),
    },
    { key: 'why', head: t('operation.why'), width: '11rem', cell: (one) => <Waits target={one} /> },
    { key: 'mark', head: t('operation.mark'), width: '9.5rem', cell: (one) => <Mark mark={one.mark} /> },
    {
      key: 'candidates',
      head: t('operation.grounds'),
      width: 'minmax(14rem, 2fr)',
      cell: (one) => (
        <Group gap={6} wrap="nowrap">
          {(one.placement?.candidates ?? []).slice(0, 4).map(({ country, confidence, grounds }) => (
            <button
              key={country}
              type="button"
              className="chip"
              disabled={!canDecide || !leads}
              title={grounds.map(({ reason, from }) => `${reason}: ${from}`).join('\n')}
              onClick={() => setShown({ target: one, routeTo: country })}
            >
              <bdi dir="ltr">{country}</bdi> {t('operation.percent', { value: confidence })}
            </button>
          ))}
        </Group>
      ),
    },
    {
      key: 'act',
      head: t('operation.decide'),
      width: '8rem',
      cell: (one) => (
        <Button size="compact-sm" variant="light" onClick={() => setShown({ target: one, routeTo: null })}>
          {t(canDecide ? 'operation.decide' : 'operation.look')}
        </Button>
      ),
    },
  ];
  return (
    <Stack>
      <ProblemNote error={error} retry={() => refetch()} />
      {board.counts.queues.length > 0 && (
        <Group gap="lg">
          {board.counts.queues.map(({ queue, targets: waiting }) => (
            <Text size="sm" key={queue}>
              <b>{count(waiting)}</b> {t(`operation.queue.${queue}`)}
            </Text>
          ))}
        </Group>
      )}
      {total === 0 && <Empty words={t('operation.nothing-waits')} />}
      {targets.length > 0 && (
        <Rows
          label={t('operation.part.queue')}
          columns={columns}
          rows={targets}
          keyOf={(one) => one.id}
          onEnd={more}
        />
      )}
      {leads && state === 'open' && may('GET /operations/{operation}/prepared') && <Notes board={board} />}
      <Dialog opened={shown !== null} onClose={() => setShown(null)} title={t('operation.target')} size="xl">
        {shown && <TargetView board={board} id={shown.target.id} routeTo={shown.routeTo} />}
      </Dialog>
    </Stack>
  );
}

/** Notes that stay behind until a person has looked: they may name somebody, or belong to another country. */
function Notes({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const { data } = useQuery(
    reading('GET /operations/{operation}/prepared', { params: { operation: board.operation.id } }),
  );
  const notes = new Map(
    (data?.packages ?? []).flatMap(({ texts }) =>
      texts.filter(({ clauses }) => clauses.length === 0).map((one) => [one.target, one] as const),
    ),
  );
  if (notes.size === 0) return null;
  return (
    <Panel title={t('operation.notes-wait', { count: notes.size })}>
      <Text size="sm" c="dimmed">
        {t('operation.notes-about')}
      </Text>
      <Scroll>
        {[...notes.values()].slice(0, NOTES_SHOWN).map((note) => (
          <Note key={note.target} operation={board.operation.id} note={note} />
        ))}
      </Scroll>
    </Panel>
  );
}

/** As many as a person decides before looking again; the next ones move up. */
const NOTES_SHOWN = 20;

function Note({ operation, note }: { readonly operation: string; readonly note: Prepared['texts'][number] }) {
  const { t } = useTranslation();
  const may = useMay();
  const [reason, setReason] = useState('');
  const decide = useMutation({
    mutationFn: (becomes: 'keep' | 'drop') =>
      call('POST /operations/{operation}/targets/{target}/decisions', {
        params: { operation, target: note.target },
        body: { kind: 'text', becomes, reason },
      }),
    onSuccess: refresh,
  });
  return (
    <div className="note">
      <Mono>{note.value}</Mono>
      <Text size="sm" dir="auto">
        {note.text}
      </Text>
      <Text size="xs" c="dimmed">
        {note.passages.map(({ kind, text }, i) => (
          <span key={`${kind} ${text}`}>
            {i > 0 && ' · '}
            {t(`operation.passage.${kind}`, { defaultValue: kind })}: <bdi>{text}</bdi>
          </span>
        ))}
      </Text>
      {may('POST /operations/{operation}/targets/{target}/decisions') && (
        <Group align="flex-end" mt="xs">
          <LongField
            label={t('operation.reason')}
            value={reason}
            onWrite={setReason}
            autosize
            maxLength={1000}
            style={{ flex: 1 }}
          />
          <Button
            variant="default"
            disabled={reason.trim() === ''}
            onClick={() => decide.mutate('keep')}
            loading={decide.isPending}
          >
            {t('operation.keep-note')}
          </Button>
          <Button
            variant="default"
            disabled={reason.trim() === '' || decide.isPending}
            onClick={() => decide.mutate('drop')}
          >
            {t('operation.drop-note')}
          </Button>
        </Group>
      )}
      <ProblemNote error={decide.error} />
    </div>
  );
}
