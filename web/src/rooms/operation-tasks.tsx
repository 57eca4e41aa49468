/** Who does what by when, and what has to be done before. */
import { Badge, Button, Checkbox, Group, Select, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Field, Form } from '../ui/form.tsx';
import { Moment } from '../ui/moment.tsx';
import { Empty } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import type { Column } from '../ui/rows.tsx';
import { SortedRows } from '../ui/sorted-rows.tsx';
import { type Board, refresh, useNames } from './operation-words.ts';

type Task = Board['tasks'][number];

const COLOURS = { open: 'harbour', done: 'teal', cancelled: 'gray' } as const;

export function Tasks({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const may = useMay();
  const nameOf = useNames();
  const [giving, dialog] = useDisclosure(false);
  const { id, leads, state } = board.operation;
  const titles = new Map(board.tasks.map((task) => [task.id, task.title]));
  const end = useMutation({
    mutationFn: ([task, how]: [string, 'done' | 'cancelled']) =>
      call('POST /operations/{operation}/tasks/{id}/end', {
        params: { operation: id, id: task },
        body: { state: how },
      }),
    onSuccess: refresh,
  });
  const mayEnd = state === 'open' && may('POST /operations/{operation}/tasks/{id}/end');
  const columns: Column<Task>[] = [
    {
      key: 'title',
      head: t('operation.task'),
      width: 'minmax(12rem, 2.2fr)',
      cell: (one) => (
        <bdi className="cut" title={one.title} dir="auto">
          {one.title}
        </bdi>
      ),
    },
    {
      key: 'owner',
      head: t('operation.owner'),
      width: 'minmax(10rem, 1.6fr)',
      cell: ({ owner }) => <bdi>{nameOf(owner)}</bdi>,
    },
    { key: 'due', head: t('operation.due'), width: '12rem', cell: ({ due }) => <Moment at={due} /> },
    { key: 'utc', head: 'UTC', width: '12rem', cell: ({ due }) => <Moment at={due} utc /> },
    {
      key: 'state',
      head: t('exhibit.state'),
      width: 'minmax(9rem, 1fr)',
      cell: (one) => (
        <Group gap={6} wrap="nowrap">
          <Badge variant="light" color={COLOURS[one.state]} style={{ flexShrink: 0 }}>
            {t(`operation.task.${one.state}`)}
          </Badge>
          {one.waitsFor.length > 0 && (
            <Text
              span
              size="xs"
              c="dimmed"
              truncate
              title={one.waitsFor.map((other) => titles.get(other)).join(', ')}
            >
              {t('operation.waits-for', { title: titles.get(one.waitsFor[0]!) ?? '' })}
            </Text>
          )}
        </Group>
      ),
    },
    {
      key: 'act',
      head: t('operation.act'),
      width: '11rem',
      cell: (one) =>
        one.state === 'open' &&
        mayEnd && (
          <Group gap={6} wrap="nowrap">
            {one.owner === '' && one.waitsFor.length === 0 && (
              <Button
                size="compact-sm"
                variant="light"
                onClick={() => end.mutate([one.id, 'done'])}
                aria-label={t('operation.done-with', { title: one.title })}
              >
                {t('operation.done')}
              </Button>
            )}
            {leads && (
              <Button
                size="compact-sm"
                variant="subtle"
                color="red"
                onClick={() => end.mutate([one.id, 'cancelled'])}
                aria-label={t('operation.cancel-of', { title: one.title })}
              >
                {t('shell.cancel')}
              </Button>
            )}
          </Group>
        ),
    },
  ];
  const button = leads && state === 'open' && may('POST /operations/{operation}/tasks') && (
    <Button variant="default" onClick={dialog.open}>
      {t('operation.new-task')}
    </Button>
  );
  return (
    <Stack>
      <ProblemNote error={end.error} />
      {board.tasks.length === 0 ? (
        <Empty words={t('operation.no-tasks')}>{button}</Empty>
      ) : (
        <>
          <Group justify="flex-end">{button}</Group>
          <SortedRows
            label={t('operation.part.tasks')}
            columns={columns}
            rows={board.tasks}
            values={{
              title: ({ title }) => title,
              owner: ({ owner }) => nameOf(owner),
              due: ({ due }) => due,
              state: ({ state: at }) => t(`operation.task.${at}`),
            }}
            keyOf={(one) => one.id}
          />
        </>
      )}
      <Dialog opened={giving} onClose={dialog.close} title={t('operation.new-task')}>
        <NewTask board={board} onDone={dialog.close} />
      </Dialog>
    </Stack>
  );
}

function NewTask({ board, onDone }: { readonly board: Board; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const nameOf = useNames();
  const [title, setTitle] = useState('');
  const [owner, setOwner] = useState('here');
  const [due, setDue] = useState(board.operation.actionDay?.slice(0, 16) ?? '');
  const [after, setAfter] = useState<string[]>([]);
  const give = useMutation({
    mutationFn: () =>
      call('POST /operations/{operation}/tasks', {
        params: { operation: board.operation.id },
        body: { title, due: `${due}:00Z`, after, ...(owner === 'here' ? {} : { owner }) },
      }),
    onSuccess: async () => {
      await refresh();
      onDone();
    },
  });
  return (
    <Form action={t('operation.give-task')} sends={give} isReady={title.trim() !== '' && due !== ''}>
      <Field label={t('operation.task')} value={title} onWrite={setTitle} maxLength={300} data-autofocus />
      <Select
        label={t('operation.owner')}
        data={[
          { value: 'here', label: nameOf('') },
          ...board.parties
            .filter(({ state, peer }) => state === 'joined' && peer !== '')
            .map(({ peer }) => ({ value: peer, label: nameOf(peer) })),
        ]}
        value={owner}
        onChange={(chosen) => chosen && setOwner(chosen)}
      />
      <Field type="datetime-local" label={t('operation.due-utc')} value={due} onWrite={setDue} />
      {board.tasks.length > 0 && (
        <Checkbox.Group label={t('operation.after')} value={after} onChange={setAfter}>
          <Stack gap={6} mt={6} className="scroll">
            {board.tasks
              .filter(({ state }) => state === 'open')
              .map((task) => (
                <Checkbox key={task.id} value={task.id} label={<bdi dir="auto">{task.title}</bdi>} />
              ))}
          </Stack>
        </Checkbox.Group>
      )}
    </Form>
  );
}
