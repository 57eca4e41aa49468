/** My passkeys, and where I am signed in. */
import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, queries, reading } from '../api/client.ts';
import { useMe } from '../shell/me.ts';
import { Field } from '../ui/form.tsx';
import { Moment } from '../ui/moment.tsx';
import { Page, Panel } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';

export default function MePage() {
  const { t } = useTranslation();
  const { data: me } = useMe();
  return (
    <Page title={me?.name ?? ''} about={me?.roles.map((role) => t(`roles.${role}`)).join(' · ')}>
      <Passkeys />
      <Sessions />
    </Page>
  );
}

function Passkeys() {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const { data } = useQuery(reading('GET /passkeys'));
  const refresh = () => queries.invalidateQueries(reading('GET /passkeys'));
  const add = useMutation({
    mutationFn: async () => {
      const { startRegistration } = await import('@simplewebauthn/browser');
      const optionsJSON = await call('POST /passkeys/options');
      const response = await startRegistration({
        optionsJSON: optionsJSON as unknown as Parameters<typeof startRegistration>[0]['optionsJSON'],
      });
      await call('POST /passkeys', {
        body: { name: name.trim() || t('me.this-device'), response: { ...response } },
      });
    },
    onSuccess: async () => {
      setName('');
      await refresh();
    },
  });
  const remove = useMutation({
    mutationFn: (id: string) => call('DELETE /passkeys/{id}', { params: { id } }),
    onSuccess: refresh,
  });
  return (
    <Panel title={t('me.passkeys')}>
      <Text size="sm" c="dimmed">
        {t('me.passkeys-about')}
      </Text>
      {data?.passkeys.map(({ id, name: called, addedAt, usedAt }) => (
        <Group key={id} justify="space-between">
          <div>
            <Text size="sm" fw={550}>
              <bdi>{called}</bdi>
            </Text>
            <Text size="sm" c="dimmed">
              {t('me.added')} <Moment at={addedAt} />
              {usedAt && (
                <>
                  {' · '}
                  {t('me.used')} <Moment at={usedAt} />
                </>
              )}
            </Text>
          </div>
          <Button size="xs" variant="outline" color="red" onClick={() => remove.mutate(id)}>
            {t('me.remove')}
          </Button>
        </Group>
      ))}
      <Group align="flex-end">
        <Field
          label={t('me.passkey-name')}
          placeholder={t('me.this-device')}
          value={name}
          onWrite={setName}
          maxLength={80}
        />
        <Button onClick={() => add.mutate()} loading={add.isPending}>
          {t('me.add-passkey')}
        </Button>
      </Group>
      <ProblemNote error={add.error ?? remove.error} />
    </Panel>
  );
}

const BROWSERS = [
  ['Edge', /\bEdg/],
  ['Opera', /\bOPR\//],
  ['Firefox', /\bFirefox\//],
  ['Chrome', /Chrom(?:e|ium)\//],
  ['Safari', /\bSafari\//],
] as const;
const SYSTEMS = [
  ['Android', /Android/],
  ['iOS', /iPhone|iPad/],
  ['Windows', /Windows/],
  ['macOS', /Macintosh/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux/],
] as const;

/** What a browser calls itself (RFC 9110 §10.1.5), as people know it; the whole of it where nothing is known in it. */
function deviceWords(agent: string): string {
  const known = [BROWSERS, SYSTEMS].map((names) => names.find(([, sign]) => sign.test(agent))?.[0]);
  return known.filter(Boolean).join(' · ') || agent;
}

function Sessions() {
  const { t } = useTranslation();
  const { data } = useQuery(reading('GET /sessions'));
  const end = useMutation({
    mutationFn: (id: string) => call('DELETE /sessions/{id}', { params: { id } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <Panel title={t('me.sessions')}>
      <Stack gap="sm">
        {data?.sessions.map((session) => (
          <Group key={session.id} justify="space-between">
            <div>
              <Text size="sm" dir="auto" title={session.device}>
                {deviceWords(session.device) || t('me.unknown-device')}
              </Text>
              <Text size="sm" c="dimmed">
                {t(`me.way.${session.way}`)} · <Moment at={session.createdAt} /> · {t('me.until')}{' '}
                <Moment at={session.expiresAt} />
              </Text>
            </div>
            {session.current ? (
              <Badge variant="light">{t('me.current')}</Badge>
            ) : (
              <Button size="xs" variant="default" onClick={() => end.mutate(session.id)}>
                {t('me.end')}
              </Button>
            )}
          </Group>
        ))}
      </Stack>
      <ProblemNote error={end.error} />
    </Panel>
  );
}
