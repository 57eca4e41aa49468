/** Packages: what each country or constituency got and how far it is, what would go now and what stays by which clause, and sending. */
import { Anchor, Badge, Button, Group, Stack, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { call, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Country, useCountryName } from '../ui/country.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { useFormat } from '../ui/format.ts';
import { Moment } from '../ui/moment.tsx';
import { Empty, Panel, Scroll } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import type { Column } from '../ui/rows.tsx';
import { SortedRows } from '../ui/sorted-rows.tsx';
import { Clauses } from '../ui/verdict.tsx';
import { type Board, refresh, useNames } from './operation-words.ts';

type Package = Board['packages'][number];

export function Packages({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const may = useMay();
  const nameOf = useNames();
  const countryName = useCountryName();
  const { count } = useFormat();
  const { id, leads, state } = board.operation;
  const asked = new Set(board.reminders.map((one) => one.id));
  const remind = useMutation({
    mutationFn: () =>
      call('POST /operations/{operation}/reminders', { params: { operation: id }, body: { days: 7 } }),
    onSuccess: refresh,
  });
  const columns: Column<Package>[] = [
    {
      key: 'scope',
      head: t('operation.country'),
      width: 'minmax(11rem, 1.4fr)',
      cell: ({ scope }) => <Country code={scope} />,
    },
    {
      key: 'peer',
      head: t(leads ? 'operation.recipient' : 'operation.sender'),
      width: 'minmax(11rem, 1.5fr)',
      cell: ({ peer }) => <bdi>{nameOf(peer)}</bdi>,
    },
    {
      key: 'items',
      head: t('operation.part.targets'),
      width: '9rem',
      cell: ({ items, recalled }) => (
        <>
          {count(items)}
          {recalled > 0 && (
            <Text span size="xs" c="dimmed">
              {' '}
              {t('operation.recalled', { count: recalled })}
            </Text>
          )}
        </>
      ),
    },
    {
      key: 'state',
      head: t('exhibit.state'),
      width: '15rem',
      cell: (one) => <Steps one={one} isAsked={asked.has(one.id)} />,
    },
    {
      key: 'at',
      head: t('operation.last-step'),
      width: '12rem',
      cell: (one) => <Moment at={one.readAt ?? one.receivedAt ?? one.at} />,
    },
    ...(may('GET /operations/{operation}/packages/{id}')
      ? [
          {
            key: 'open',
            head: t('operation.file'),
            width: '8rem',
            cell: (one: Package) =>
              one.direction === 'out' || one.receivedAt !== null ? (
                <Anchor
                  size="sm"
                  href={`/api/v1/operations/${encodeURIComponent(id)}/packages/${one.id}`}
                  download
                  onClick={() => setTimeout(() => void refresh(), 1_500)}
                >
                  {t('operation.open-file')}
                </Anchor>
              ) : (
                <Text span size="sm" c="dimmed">
                  {t('operation.not-fetched')}
                </Text>
              ),
          },
        ]
      : []),
  ];
  const isSilent = board.packages.some(({ direction, readAt }) => direction === 'out' && readAt === null);
  return (
    <Stack>
      {leads && state === 'open' && may('GET /operations/{operation}/prepared') && <Ready board={board} />}
      {board.packages.length === 0 ? (
        <Empty words={t(leads ? 'operation.nothing-sent' : 'operation.nothing-received')} />
      ) : (
        <SortedRows
          label={t('operation.part.packages')}
          columns={columns}
          rows={board.packages}
          values={{
            scope: ({ scope }) => countryName(scope),
            peer: ({ peer }) => nameOf(peer),
            items: ({ items }) => items,
            at: (one) => one.readAt ?? one.receivedAt ?? one.at,
          }}
          keyOf={(one) => one.id}
        />
      )}
      <ProblemNote error={remind.error} />
      {leads && isSilent && state === 'open' && may('POST /operations/{operation}/reminders') && (
        <Group>
          <Button variant="default" onClick={() => remind.mutate()} loading={remind.isPending}>
            {t('operation.remind')}
          </Button>
          {remind.data && (
            <Text size="sm" role="status">
              {t('operation.reminded', { count: remind.data.reminders.length })}
            </Text>
          )}
        </Group>
      )}
    </Stack>
  );
}

/** Sent, received, read: three steps, the last one in words. */
function Steps({ one, isAsked }: { readonly one: Package; readonly isAsked: boolean }) {
  const { t } = useTranslation();
  const done = one.readAt ? 3 : one.receivedAt ? 2 : 1;
  const word = done === 3 ? 'read' : done === 2 ? 'received' : one.direction === 'out' ? 'sent' : 'announced';
  return (
    <Group gap="xs" wrap="nowrap">
      <span className="steps" aria-hidden="true">
        {[1, 2, 3].map((step) => (
          <i key={step} data-done={step <= done} />
        ))}
      </span>
      <Text span size="sm">
        {t(`operation.package.${word}`)}
      </Text>
      {isAsked && (
        <Badge size="sm" variant="light" color="orange">
          {t('operation.asked-about')}
        </Badge>
      )}
    </Group>
  );
}

/** What would go out now, before it does: sending signs it, and cannot be undone, only recalled. */
function Ready({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const may = useMay();
  const { count } = useFormat();
  const [asking, dialog] = useDisclosure(false);
  const { id } = board.operation;
  const { data, error } = useQuery(
    reading('GET /operations/{operation}/prepared', { params: { operation: id } }),
  );
  const send = useMutation({
    mutationFn: () => call('POST /operations/{operation}/packages', { params: { operation: id } }),
    onSuccess: async () => {
      dialog.close();
      await refresh();
    },
  });
  const ready = (data?.packages ?? []).filter(({ items, denied }) => items > 0 || denied.length > 0);
  const going = ready.filter(({ items }) => items > 0);
  const total = going.reduce((sum, { items }) => sum + items, 0);
  if (error) return <ProblemNote error={error} />;
  if (ready.length === 0) return null;
  return (
    <Panel
      title={t('operation.ready')}
      actions={
        going.length > 0 &&
        may('POST /operations/{operation}/packages') && (
          <Button onClick={dialog.open}>{t('operation.send')}</Button>
        )
      }
    >
      <Scroll>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('operation.country')}</Table.Th>
              <Table.Th>{t('operation.recipient')}</Table.Th>
              <Table.Th>{t('operation.goes')}</Table.Th>
              <Table.Th>{t('operation.stays')}</Table.Th>
              <Table.Th>{t('agreement.decided-by')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {ready.map((one) => (
              <Table.Tr key={`${one.to} ${one.scope}`}>
                <Table.Td>
                  <Country code={one.scope} />
                </Table.Td>
                <Table.Td>
                  <bdi>{one.to}</bdi>
                </Table.Td>
                <Table.Td>{count(one.items)}</Table.Td>
                <Table.Td>{count(one.denied.reduce((sum, denied) => sum + denied.count, 0))}</Table.Td>
                <Table.Td>
                  <Clauses clauses={one.denied.flatMap(({ clauses }) => clauses)} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
      <Dialog opened={asking} onClose={dialog.close} title={t('operation.send')}>
        <Stack>
          <Text size="sm">{t('operation.send-means', { packages: going.length, targets: total })}</Text>
          <ProblemNote error={send.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={dialog.close}>
              {t('shell.cancel')}
            </Button>
            <Button onClick={() => send.mutate()} loading={send.isPending}>
              {t('operation.send-now')}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </Panel>
  );
}
