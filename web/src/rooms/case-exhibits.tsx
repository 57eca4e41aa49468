/** Evidence in: hashed in the browser while it is sent in pieces, and hashed again by the node, which registers it only when both agree. */
import { Alert, Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, queries, reading } from '../api/client.ts';
import { sendFile } from '../api/upload.ts';
import { useWork, WorkLine } from '../shell/work-menu.tsx';
import { Drop } from '../ui/drop.tsx';
import { Field } from '../ui/form.tsx';
import { useFormat } from '../ui/format.ts';
import { Mono } from '../ui/mono.tsx';
import { ProblemNote } from '../ui/problem.tsx';

interface Sending {
  readonly name: string;
  readonly sent: number;
  readonly total: number;
}

export function AddExhibits({ caseId }: { readonly caseId: string }) {
  const { t } = useTranslation();
  const { bytes } = useFormat();
  const [purpose, setPurpose] = useState(t('add.purpose-suggested'));
  const [authority, setAuthority] = useState('');
  const [from, setFrom] = useState('');
  const [sending, setSending] = useState<Sending | null>(null);
  const [begun, setBegun] = useState<readonly string[]>([]);
  const abort = useRef<AbortController | null>(null);
  const work = useWork();
  const add = useMutation({
    mutationFn: async (files: readonly File[]) => {
      abort.current = new AbortController();
      for (const file of files) {
        const show = (sent: number, total: number) => setSending({ name: file.name, sent, total });
        show(0, file.size);
        const { upload, sha256 } = await sendFile(file, show, abort.current.signal, { resumes: true });
        const { id } = await call('POST /cases/{id}/exhibits', {
          params: { id: caseId },
          body: {
            upload,
            sha256,
            purpose,
            ...(authority.trim() ? { authority } : {}),
            ...(from.trim() ? { receivedFrom: from } : {}),
          },
        });
        setBegun((before) => [...before, id]);
        await queries.invalidateQueries(reading('GET /work'));
      }
    },
    onSettled: async () => {
      setSending(null);
      await queries.invalidateQueries(reading('GET /uploads'));
    },
  });
  const uploads = useQuery(reading('GET /uploads'));
  // What is whole is being registered, or goes straight to it when it is chosen again.
  const unfinished = (uploads.data?.uploads ?? []).filter((one) => one.receivedBytes !== one.sizeBytes);
  const giveUp = useMutation({
    mutationFn: (id: string) => call('DELETE /uploads/{id}', { params: { id } }),
    onSettled: () => queries.invalidateQueries(reading('GET /uploads')),
  });
  const wasStopped = add.error?.name === 'AbortError';
  const mine = (work.data?.work ?? []).filter(({ id }) => begun.includes(id));
  return (
    <Stack>
      <Field
        label={t('said.purpose')}
        description={t('said.purpose-hint')}
        value={purpose}
        onWrite={setPurpose}
        maxLength={500}
      />
      <Group grow align="flex-start">
        <Field label={t('said.authority')} value={authority} onWrite={setAuthority} maxLength={500} />
        <Field label={t('add.from')} value={from} onWrite={setFrom} maxLength={200} />
      </Group>
      <Drop
        words={t('add.drop')}
        onFiles={(files) => files.length > 0 && purpose.trim() !== '' && !add.isPending && add.mutate(files)}
      />
      {!add.isPending &&
        unfinished.map((one) => (
          <Alert key={one.id} color="yellow" role="status">
            <Group justify="space-between" wrap="nowrap">
              <Text size="sm">
                {t('add.unfinished', {
                  name: one.name,
                  received: bytes(one.receivedBytes),
                  size: bytes(one.sizeBytes),
                })}
              </Text>
              <Button
                size="compact-xs"
                variant="default"
                style={{ flexShrink: 0 }}
                aria-label={t('add.give-up', { name: one.name })}
                onClick={() => giveUp.mutate(one.id)}
              >
                {t('shell.clear')}
              </Button>
            </Group>
          </Alert>
        ))}
      <ProblemNote error={giveUp.error} />
      {sending && (
        <Stack gap={4}>
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm" truncate>
              {t('add.sending')} <bdi>{sending.name}</bdi>
            </Text>
            <Button size="compact-xs" variant="default" onClick={() => abort.current?.abort()}>
              {t('shell.stop')}
            </Button>
          </Group>
          <Progress
            value={sending.total === 0 ? 100 : (100 * sending.sent) / sending.total}
            aria-label={`${t('add.sending')} ${sending.name}`}
          />
        </Stack>
      )}
      {wasStopped ? <Alert color="yellow">{t('add.stopped')}</Alert> : <ProblemNote error={add.error} />}
      {mine.map((one) => (
        <Stack key={one.id} gap={4}>
          <WorkLine work={one} />
          {one.result && (
            <Text size="sm">
              {t('add.registered', { number: Number(one.result['number']) })}{' '}
              <Mono>{String(one.result['sha256'])}</Mono>
            </Text>
          )}
        </Stack>
      ))}
    </Stack>
  );
}
