/** Who takes part, as what, for which countries; asking a peer in; ending the operation. */
import { Badge, Button, Group, Select, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, reading } from '../api/client.ts';
import { LANGUAGES } from '../i18n/index.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Confirm, Field } from '../ui/form.tsx';
import { Mono } from '../ui/mono.tsx';
import { Empty } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import type { Column } from '../ui/rows.tsx';
import { SortedRows } from '../ui/sorted-rows.tsx';
import { type Board, PARTY_ROLES, refresh, useNames } from './operation-words.ts';

type Party = Board['parties'][number];

const COLOURS = { invited: 'yellow', joined: 'teal', left: 'gray' } as const;

export function Parties({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const may = useMay();
  const nameOf = useNames();
  const [inviting, inviteDialog] = useDisclosure(false);
  const [closing, closeDialog] = useDisclosure(false);
  const { id, leads, state } = board.operation;
  const runs = leads && state === 'open';
  const columns: Column<Party>[] = [
    {
      key: 'name',
      head: t('agreement.party'),
      width: 'minmax(12rem, 1.6fr)',
      cell: ({ peer }) => <bdi>{nameOf(peer)}</bdi>,
    },
    {
      key: 'role',
      head: t('operation.role'),
      width: '9rem',
      cell: ({ role }) => t(`operation.role.${role}`),
    },
    {
      key: 'covers',
      head: t('operation.covers'),
      width: 'minmax(10rem, 1.4fr)',
      cell: ({ covers }) => <Mono title={covers.join(', ')}>{covers.join(', ')}</Mono>,
    },
    {
      key: 'state',
      head: t('exhibit.state'),
      width: '9rem',
      cell: (one) => (
        <Badge variant="light" color={COLOURS[one.state]}>
          {t(`operation.party.${one.state}`)}
        </Badge>
      ),
    },
    {
      key: 'zone',
      head: t('operation.zone'),
      width: '11rem',
      cell: ({ timeZone }) => <Mono>{timeZone}</Mono>,
    },
    {
      key: 'contact',
      head: t('operation.contact'),
      width: 'minmax(10rem, 1.4fr)',
      cell: ({ contact }) => (
        <bdi className="cut" dir="auto" title={contact}>
          {contact}
        </bdi>
      ),
    },
  ];
  return (
    <Stack>
      {runs && (
        <Group justify="flex-end">
          {may('PUT /operations/{operation}') && (
            <Button variant="subtle" color="red" onClick={closeDialog.open}>
              {t('operation.close')}
            </Button>
          )}
          {may('POST /operations/{operation}/parties') && (
            <Button onClick={inviteDialog.open}>{t('operation.invite')}</Button>
          )}
        </Group>
      )}
      {board.parties.length === 0 ? (
        <Empty words={t('operation.no-parties')} />
      ) : (
        <SortedRows
          label={t('operation.part.parties')}
          columns={columns}
          rows={board.parties}
          values={{
            name: ({ peer }) => nameOf(peer),
            role: ({ role }) => t(`operation.role.${role}`),
            covers: ({ covers }) => covers.join(', '),
            state: ({ state: at }) => t(`operation.party.${at}`),
            zone: ({ timeZone }) => timeZone,
            contact: ({ contact }) => contact,
          }}
          keyOf={({ peer }) => peer}
        />
      )}
      <Dialog opened={inviting} onClose={inviteDialog.close} title={t('operation.invite')} size="lg">
        <Invite board={board} onDone={inviteDialog.close} />
      </Dialog>
      <Dialog opened={closing} onClose={closeDialog.close} title={t('operation.close')}>
        <Close operation={id} onDone={closeDialog.close} />
      </Dialog>
    </Stack>
  );
}

function Invite({ board, onDone }: { readonly board: Board; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const peers = useQuery(reading('GET /peers'));
  const [peer, setPeer] = useState<string | null>(null);
  const [role, setRole] = useState<(typeof PARTY_ROLES)[number]>('police');
  const [covers, setCovers] = useState('');
  const [language, setLanguage] = useState<keyof typeof LANGUAGES>('en');
  const [timeZone, setTimeZone] = useState('UTC');
  const joined = new Set(board.parties.filter(({ state }) => state === 'joined').map((one) => one.peer));
  const list = covers.split(/[\s,;،]+/).filter((one) => one !== '');
  const hasCountries = role === 'police' || role === 'cert';
  const invite = useMutation({
    mutationFn: () =>
      call('POST /operations/{operation}/parties', {
        params: { operation: board.operation.id },
        body: { peer: peer!, role, language, timeZone, ...(hasCountries ? { covers: list } : {}) },
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
        invite.mutate();
      }}
    >
      <Stack>
        <Select
          label={t('delivery.peer')}
          data={(peers.data?.peers ?? [])
            .filter(({ kid }) => !joined.has(kid))
            .map(({ kid, name }) => ({ value: kid, label: name }))}
          value={peer}
          onChange={setPeer}
          data-autofocus
        />
        <Select
          label={t('operation.role')}
          description={t(`operation.role-means.${role}`)}
          data={PARTY_ROLES.map((one) => ({ value: one, label: t(`operation.role.${one}`) }))}
          value={role}
          onChange={(chosen) => chosen && setRole(chosen as typeof role)}
        />
        {hasCountries && (
          <Field
            label={t('operation.covers')}
            description={t(role === 'cert' ? 'operation.covers-cert' : 'operation.covers-police')}
            dir="ltr"
            value={covers}
            onWrite={setCovers}
          />
        )}
        <Group grow align="flex-start">
          <Select
            label={t('shell.language')}
            data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
            value={language}
            onChange={(chosen) => chosen && setLanguage(chosen as typeof language)}
          />
          <Select
            label={t('operation.zone')}
            searchable
            data={['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]}
            value={timeZone}
            onChange={(chosen) => chosen && setTimeZone(chosen)}
          />
        </Group>
        <Text size="sm" c="dimmed">
          {t('operation.invite-means')}
        </Text>
        <ProblemNote error={invite.error} />
        <Button
          type="submit"
          disabled={!peer || (hasCountries && list.length === 0)}
          loading={invite.isPending}
        >
          {t('operation.invite-now')}
        </Button>
      </Stack>
    </form>
  );
}

function Close({ operation, onDone }: { readonly operation: string; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const close = useMutation({
    mutationFn: () =>
      call('PUT /operations/{operation}', { params: { operation }, body: { state: 'closed' } }),
    onSuccess: async () => {
      await refresh();
      onDone();
    },
  });
  return (
    <Confirm
      means={t('operation.close-means')}
      action={t('operation.close')}
      sends={close}
      onCancel={onDone}
    />
  );
}
