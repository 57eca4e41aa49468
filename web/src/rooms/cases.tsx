/** Cases: all of them, and a new one. */
import { Badge, Button, Checkbox, Group, Paper, SimpleGrid, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Field, Form } from '../ui/form.tsx';
import { Moment } from '../ui/moment.tsx';
import { Empty, Page } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';

export default function Cases() {
  const { t } = useTranslation();
  const may = useMay();
  const [opening, dialog] = useDisclosure(false);
  const { data, error, refetch } = useQuery(reading('GET /cases'));
  const button = may('POST /cases') && <Button onClick={dialog.open}>{t('cases.new')}</Button>;
  return (
    <Page title={t('rooms.cases')} about={t('cases.about')} actions={button}>
      <ProblemNote error={error} retry={() => refetch()} />
      {data?.cases.length === 0 && <Empty words={t('cases.none')} />}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {data?.cases.toReversed().map(({ id, name, openedAt, encrypted }) => (
          <Paper key={id} withBorder p="md" component="article">
            <Group justify="space-between" wrap="nowrap" align="flex-start">
              <Text fw={600}>
                <Link className="link" to="/cases/$id" params={{ id }}>
                  <bdi>{name}</bdi>
                </Link>
              </Text>
              {encrypted && <Badge variant="light">{t('cases.encrypted')}</Badge>}
            </Group>
            <Text size="sm" c="dimmed">
              {t('cases.opened')} <Moment at={openedAt} />
            </Text>
          </Paper>
        ))}
      </SimpleGrid>
      <Dialog opened={opening} onClose={dialog.close} title={t('cases.new')}>
        <NewCase />
      </Dialog>
    </Page>
  );
}

function NewCase() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [encrypted, setEncrypted] = useState(false);
  const open = useMutation({
    mutationFn: () => call('POST /cases', { body: { name, encrypted } }),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries(reading('GET /cases'));
      await navigate({ to: '/cases/$id', params: { id } });
    },
  });
  return (
    <Form action={t('cases.open')} sends={open} isReady={name.trim() !== ''}>
      <Field label={t('cases.name')} value={name} onWrite={setName} maxLength={200} data-autofocus />
      <Checkbox
        label={t('cases.encrypt')}
        description={t('cases.encrypt-hint')}
        checked={encrypted}
        onChange={(event) => setEncrypted(event.currentTarget.checked)}
      />
    </Form>
  );
}
