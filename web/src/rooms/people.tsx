/** People: who works here, in which roles; invite, change, let go. */
import { Alert, Badge, Button, Group, MultiSelect, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries, reading } from '../api/client.ts';
import { useMay, useMe } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Confirm, Field, Form } from '../ui/form.tsx';
import { useFormat } from '../ui/format.ts';
import { Mono } from '../ui/mono.tsx';
import { Page } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import type { Column } from '../ui/rows.tsx';
import { SortedRows } from '../ui/sorted-rows.tsx';

type Person = Answer<'GET /people'>['people'][number];
type Role = Person['roles'][number];

const ROLES: readonly Role[] = [
  'administrator',
  'liaison',
  'analyst',
  'investigator',
  'cert-analyst',
  'data-protection-officer',
  'auditor',
  'expert',
  'trainer',
  'trainee',
];

const linkOf = (invitation: string) => `${window.location.origin}/sign-in?invitation=${invitation}`;

export default function People() {
  const { t } = useTranslation();
  const may = useMay();
  const { list } = useFormat();
  const { data: me } = useMe();
  const [inviting, dialog] = useDisclosure(false);
  const [changing, setChanging] = useState<Person | null>(null);
  const [leaving, setLeaving] = useState<Person | null>(null);
  const { data, error } = useQuery(reading('GET /people'));
  const again = useMutation({
    mutationFn: (id: string) => call('POST /people/{id}/invitations', { params: { id } }),
  });
  const rolesOf = ({ roles, leftAt }: Person) =>
    leftAt ? t('people.left') : list(roles.map((role) => t(`roles.${role}`)));
  const columns: Column<Person>[] = [
    {
      key: 'name',
      head: t('people.name'),
      width: 'minmax(10rem, 1fr)',
      cell: ({ name }) => <bdi className="cut">{name}</bdi>,
    },
    {
      key: 'roles',
      head: t('people.roles'),
      width: 'minmax(14rem, 2fr)',
      cell: (person) =>
        person.leftAt ? (
          <Badge color="gray" variant="light">
            {t('people.left')}
          </Badge>
        ) : (
          rolesOf(person)
        ),
    },
    {
      key: 'acts',
      head: t('people.acts'),
      width: '25rem',
      cell: (person) =>
        may('PUT /people/{id}/roles') &&
        person.leftAt === null && (
          <Group gap="xs" wrap="nowrap">
            <Button size="compact-sm" variant="default" onClick={() => setChanging(person)}>
              {t('people.change')}
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => again.mutate(person.id)}>
              {t('people.link')}
            </Button>
            {person.id !== me?.id && (
              <Button size="compact-sm" variant="outline" color="red" onClick={() => setLeaving(person)}>
                {t('people.remove')}
              </Button>
            )}
          </Group>
        ),
    },
  ];
  return (
    <Page
      title={t('rooms.people')}
      about={t('people.about')}
      actions={may('POST /people') && <Button onClick={dialog.open}>{t('people.invite')}</Button>}
    >
      <ProblemNote error={error ?? again.error} />
      {again.data && <InvitationLink invitation={again.data.invitation} />}
      {data && (
        <SortedRows
          label={t('rooms.people')}
          columns={columns}
          rows={data.people}
          values={{ name: ({ name }) => name, roles: rolesOf }}
          keyOf={({ id }) => id}
          minWidth="56rem"
        />
      )}
      <Dialog opened={inviting} onClose={dialog.close} title={t('people.invite')}>
        <Invite />
      </Dialog>
      <Dialog opened={changing !== null} onClose={() => setChanging(null)} title={changing?.name}>
        {changing && <ChangeRoles person={changing} onDone={() => setChanging(null)} />}
      </Dialog>
      <Dialog opened={leaving !== null} onClose={() => setLeaving(null)} title={leaving?.name}>
        {leaving && <Leave person={leaving} onDone={() => setLeaving(null)} />}
      </Dialog>
    </Page>
  );
}

function InvitationLink({ invitation }: { readonly invitation: string }) {
  const { t } = useTranslation();
  return (
    <Alert color="teal" role="status" title={t('people.link-once')}>
      <Mono>{linkOf(invitation)}</Mono>
    </Alert>
  );
}

function RolesInput(props: { readonly value: Role[]; readonly onChange: (roles: Role[]) => void }) {
  const { t } = useTranslation();
  return (
    <MultiSelect
      label={t('people.roles')}
      data={ROLES.map((role) => ({ value: role, label: t(`roles.${role}`) }))}
      value={props.value}
      onChange={(roles) => props.onChange(roles as Role[])}
    />
  );
}

function Invite() {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<Role[]>([]);
  const invite = useMutation({
    mutationFn: () => call('POST /people', { body: { name, roles } }),
    onSuccess: () => queries.invalidateQueries(reading('GET /people')),
  });
  if (invite.data) return <InvitationLink invitation={invite.data.invitation} />;
  return (
    <Form action={t('people.invite')} sends={invite} isReady={name.trim() !== '' && roles.length > 0}>
      <Field
        label={t('people.name')}
        description={t('people.name-hint')}
        value={name}
        onWrite={setName}
        maxLength={120}
        data-autofocus
      />
      <RolesInput value={roles} onChange={setRoles} />
    </Form>
  );
}

function ChangeRoles({ person, onDone }: { readonly person: Person; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const [roles, setRoles] = useState<Role[]>(person.roles);
  const change = useMutation({
    mutationFn: () => call('PUT /people/{id}/roles', { params: { id: person.id }, body: { roles } }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onDone();
    },
  });
  return (
    <Stack>
      <RolesInput value={roles} onChange={setRoles} />
      <ProblemNote error={change.error} />
      <Button disabled={roles.length === 0} loading={change.isPending} onClick={() => change.mutate()}>
        {t('people.change')}
      </Button>
    </Stack>
  );
}

function Leave({ person, onDone }: { readonly person: Person; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const leave = useMutation({
    mutationFn: () => call('DELETE /people/{id}', { params: { id: person.id } }),
    onSuccess: async () => {
      await queries.invalidateQueries(reading('GET /people'));
      onDone();
    },
  });
  return (
    <Confirm means={t('people.remove-means')} action={t('people.remove')} sends={leave} onCancel={onDone} />
  );
}
