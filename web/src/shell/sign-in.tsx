/** The door: a passkey, or the link of an invitation. */
import { Alert, Button, Center, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { call, reading } from '../api/client.ts';
import { Mono } from '../ui/mono.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { Languages, Scheme } from './choices.tsx';
import { Brand } from './icons.tsx';

const FAILURES = ['off', 'unreachable', 'expired', 'refused', 'invalid', 'no-role', 'left'] as const;

export default function SignIn({ onSignedIn }: { readonly onSignedIn: () => void }) {
  const { t } = useTranslation();
  const { data: node } = useQuery({ ...reading('GET /node'), staleTime: Number.POSITIVE_INFINITY });
  const enter = useMutation({
    mutationFn: async () => {
      const { startAuthentication } = await import('@simplewebauthn/browser');
      const optionsJSON = await call('POST /sign-in/passkey/options');
      const response = await startAuthentication({
        optionsJSON: optionsJSON as unknown as Parameters<typeof startAuthentication>[0]['optionsJSON'],
      });
      await call('POST /sign-in/passkey', { body: { ...response } });
    },
    onSuccess: onSignedIn,
  });
  // Set by the node when it sends the browser back from the identity provider.
  const said = new URLSearchParams(window.location.search).get('sign-in');
  const failure = FAILURES.find((one) => one === said);
  const wasCancelled = enter.error?.name === 'NotAllowedError';
  return (
    <main>
      <Group justify="flex-end" p="md" gap="xs">
        <Languages />
        <Scheme />
      </Group>
      <Center mih="70vh" p="md">
        <Paper withBorder p="xl" w="100%" maw={440}>
          <Stack>
            <Group gap="sm">
              <Brand />
              <Text fw={650}>Entente</Text>
            </Group>
            <div>
              <Title order={1} size="h2">
                {node?.name ?? '\u00a0'}
              </Title>
              <Text c="dimmed">{t('door.what')}</Text>
            </div>
            <Button size="md" onClick={() => enter.mutate()} loading={enter.isPending}>
              {t('door.passkey')}
            </Button>
            {node?.openId != null && (
              <Button size="md" variant="default" component="a" href="/api/v1/sign-in/openid">
                {t('door.openId', { name: node.openId })}
              </Button>
            )}
            {failure && <Alert color="red">{t(`door.failed.${failure}`)}</Alert>}
            {wasCancelled && <Alert color="yellow">{t('door.cancelled')}</Alert>}
            {enter.error && !wasCancelled && <ProblemNote error={enter.error} />}
            <Text size="sm" c="dimmed">
              {t('door.first')}
            </Text>
            {node && (
              <Text size="sm" c="dimmed">
                {t('door.key')} <Mono>{node.kid}</Mono>
              </Text>
            )}
          </Stack>
        </Paper>
      </Center>
    </main>
  );
}
