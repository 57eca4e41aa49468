/** Giving the expert of an accepted request a seat: named exhibits and runs, a purpose, an end. Its token is shown once. */
import { Alert, Button, Checkbox, CopyButton, Group, MultiSelect, Select, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, queries, reading } from '../api/client.ts';
import { Field, Form } from '../ui/form.tsx';
import { Mono } from '../ui/mono.tsx';
import { Empty } from '../ui/page.tsx';
import type { Ask } from './desk-request.tsx';

const ACCEPTED = ['accepted', 'working'];

export function GrantSeat({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation();
  const asked = useQuery(
    reading('GET /requests', { query: { direction: 'out', kind: 'expert', limit: 100 } }),
  );
  const cases = useQuery(reading('GET /cases'));
  const [request, setRequest] = useState<string | null>(null);
  const [file, setFile] = useState<string | null>(null);
  const opened = useQuery({
    ...reading('GET /cases/{id}', { params: { id: file ?? '' } }),
    enabled: file !== null,
  });
  const [exhibits, setExhibits] = useState<string[]>([]);
  const [runs, setRuns] = useState<string[]>([]);
  const [purpose, setPurpose] = useState('');
  const [until, setUntil] = useState('');
  const [supervised, setSupervised] = useState(true);
  const grant = useMutation({
    mutationFn: () =>
      call('POST /seats', {
        body: {
          request: request!,
          case: file!,
          exhibits: exhibits.map(Number),
          runs,
          purpose,
          until: `${until}:00Z`,
          supervised,
        },
      }),
    onSuccess: () => queries.invalidateQueries(reading('GET /seats')),
  });
  const requests = asked.data?.requests.filter(({ state }) => ACCEPTED.includes(state)) ?? [];
  if (asked.data && requests.length === 0) return <Empty words={t('seat.no-request')} />;
  if (grant.data)
    return (
      <Stack>
        <Alert color="teal" role="status" title={t('seat.granted')}>
          <Stack gap="xs" align="flex-start">
            <Text size="sm">{t('seat.token-once')}</Text>
            <Mono>{grant.data.token}</Mono>
            <CopyButton value={grant.data.token}>
              {({ copied, copy }) => (
                <Button size="xs" variant="default" onClick={copy}>
                  {t(copied ? 'seat.copied' : 'seat.copy')}
                </Button>
              )}
            </CopyButton>
          </Stack>
        </Alert>
        <Button variant="default" onClick={onDone}>
          {t('shell.close')}
        </Button>
      </Stack>
    );
  return (
    <Form
      action={t('seat.grant-now')}
      sends={grant}
      isReady={
        request !== null && file !== null && exhibits.length > 0 && purpose.trim() !== '' && until !== ''
      }
    >
      <Text size="sm" c="dimmed">
        {t('seat.grant-means')}
      </Text>
      <Select
        label={t('seat.request')}
        data={requests.map(({ id, ask }) => ({ value: id, label: (ask as Ask).subject }))}
        value={request}
        onChange={setRequest}
        data-autofocus
      />
      <Select
        label={t('tool.case')}
        data={(cases.data?.cases ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        value={file}
        onChange={(chosen) => {
          setFile(chosen);
          setExhibits([]);
          setRuns([]);
        }}
        searchable
      />
      <MultiSelect
        label={t('desk.seat-exhibits')}
        data={(opened.data?.exhibits ?? [])
          .filter(({ disposedAt }) => disposedAt === null)
          .map(({ number, name }) => ({ value: String(number), label: `${number} · ${name}` }))}
        value={exhibits}
        onChange={setExhibits}
        disabled={file === null}
        searchable
      />
      <MultiSelect
        label={t('seat.runs')}
        description={t('seat.runs-hint')}
        data={(opened.data?.runs ?? []).map(({ id, tool, at }) => ({
          value: id,
          label: `${tool.name} · ${at.slice(0, 16).replace('T', ' ')} UTC`,
        }))}
        value={runs}
        onChange={setRuns}
        disabled={file === null}
      />
      <Field label={t('said.purpose')} value={purpose} onWrite={setPurpose} maxLength={500} />
      <Group grow align="flex-start">
        <Field
          type="datetime-local"
          label={t('seat.until-utc')}
          description={t('seat.until-hint')}
          value={until}
          onWrite={setUntil}
        />
        <Checkbox
          mt="xl"
          label={t('desk.supervised')}
          description={t('seat.supervised-hint')}
          checked={supervised}
          onChange={(event) => setSupervised(event.currentTarget.checked)}
        />
      </Group>
    </Form>
  );
}
