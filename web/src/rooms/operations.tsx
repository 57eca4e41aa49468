/** Operations: all of them, and a new one. */
import { Badge, Button, Checkbox, Group, Paper, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Field, Form, LongField } from '../ui/form.tsx';
import { Moment } from '../ui/moment.tsx';
import { Empty, Page } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { OPERATION_STATES, TLP_LEVELS } from './operation-words.ts';

export default function Operations() {
  const { t } = useTranslation();
  const may = useMay();
  const [opening, dialog] = useDisclosure(false);
  const { data, error, refetch } = useQuery(reading('GET /operations'));
  return (
    <Page
      title={t('rooms.operations')}
      about={t('operations.about')}
      actions={may('POST /operations') && <Button onClick={dialog.open}>{t('operations.new')}</Button>}
    >
      <ProblemNote error={error} retry={() => refetch()} />
      {data?.operations.length === 0 && <Empty words={t('operations.none')} />}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {data?.operations.map((one) => (
          <Paper key={one.id} withBorder p="md" component="article">
            <Stack gap="xs">
              <Group justify="space-between" wrap="nowrap" align="flex-start">
                <Text fw={600}>
                  <Link className="link" to="/operations/$id" params={{ id: one.id }}>
                    <bdi>{one.title}</bdi>
                  </Link>
                </Text>
                <Badge variant="light" color={OPERATION_STATES[one.state]} style={{ flexShrink: 0 }}>
                  {t(`operation.state.${one.state}`)}
                </Badge>
              </Group>
              {one.purpose && (
                <Text size="sm" lineClamp={2}>
                  <bdi>{one.purpose}</bdi>
                </Text>
              )}
              <Text size="sm" c="dimmed">
                {t(one.leads ? 'operation.led-here' : 'operation.led-elsewhere')}
                {one.actionDay && (
                  <>
                    {' · '}
                    {t('operation.action-day')} <Moment at={one.actionDay} />
                  </>
                )}
              </Text>
            </Stack>
          </Paper>
        ))}
      </SimpleGrid>
      <Dialog opened={opening} onClose={dialog.close} title={t('operations.new')} size="lg">
        <NewOperation />
      </Dialog>
    </Page>
  );
}

function NewOperation() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [purpose, setPurpose] = useState('');
  const [tlp, setTlp] = useState('amber');
  const [actionDay, setActionDay] = useState('');
  const [exercise, setExercise] = useState(false);
  const open = useMutation({
    mutationFn: () =>
      call('POST /operations', {
        body: { name, purpose, tlp, exercise, ...(actionDay ? { actionDay: `${actionDay}:00Z` } : {}) },
      }),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries(reading('GET /operations'));
      await navigate({ to: '/operations/$id', params: { id } });
    },
  });
  return (
    <Form action={t('operations.open')} sends={open} isReady={name.trim() !== ''}>
      <Field
        label={t('operations.name')}
        description={t('operations.name-hint')}
        value={name}
        onWrite={setName}
        maxLength={80}
        data-autofocus
      />
      <LongField
        label={t('operations.purpose')}
        description={t('operations.purpose-hint')}
        value={purpose}
        onWrite={setPurpose}
        maxLength={2000}
        autosize
        minRows={2}
      />
      <Group grow align="flex-start">
        <Select
          label={t('intelligence.handling')}
          data={TLP_LEVELS.map((level) => ({ value: level, label: `TLP:${level.toUpperCase()}` }))}
          value={tlp}
          onChange={(chosen) => chosen && setTlp(chosen)}
        />
        <Field
          type="datetime-local"
          label={t('operation.action-day-utc')}
          value={actionDay}
          onWrite={setActionDay}
        />
      </Group>
      <Checkbox
        label={t('operations.exercise')}
        description={t('operations.exercise-means')}
        checked={exercise}
        onChange={(event) => setExercise(event.currentTarget.checked)}
      />
    </Form>
  );
}
