/** Giving targets: a file, and what its lines do not say themselves. What is refused is told, line by line. */
import { Alert, Group, Select, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Clause, call } from '../api/client.ts';
import { sendFile } from '../api/upload.ts';
import { useBegun, WorkLine } from '../shell/work-menu.tsx';
import { Drop } from '../ui/drop.tsx';
import { Field } from '../ui/form.tsx';
import { Mono } from '../ui/mono.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { Clauses } from '../ui/verdict.tsx';
import {
  type Board,
  INFORMATION_GRADES,
  MARKS,
  refresh,
  SOURCE_GRADES,
  TLP_LEVELS,
} from './operation-words.ts';

interface Report {
  readonly added: number;
  readonly corroborated: number;
  readonly repeated: number;
  readonly crossing: number;
  readonly kept: readonly { readonly count: number; readonly clauses: readonly Clause[] }[];
  readonly refusedCount: number;
  readonly refused: readonly { readonly path: string; readonly message: string }[];
}

export function GiveTargets({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const [mark, setMark] = useState<(typeof MARKS)[number]>('undetermined');
  const [source, setSource] = useState<(typeof SOURCE_GRADES)[number]>('X');
  const [information, setInformation] = useState<(typeof INFORMATION_GRADES)[number]>('4');
  const [tlp, setTlp] = useState('amber');
  const [threat, setThreat] = useState('');
  const give = useMutation({
    mutationFn: async (files: readonly File[]) => {
      const { upload } = await sendFile(files[0]!, () => {}, new AbortController().signal);
      return call('POST /operations/{operation}/contributions', {
        params: { operation: board.operation.id },
        body: { upload, mark, source, information, tlp, ...(threat.trim() ? { threat: threat.trim() } : {}) },
      });
    },
    onSuccess: refresh,
  });
  const mine = useBegun(give.data);
  const report = mine?.result as unknown as Report | null | undefined;
  const grade = <T extends string>(
    label: string,
    family: string,
    list: readonly T[],
    value: T,
    set: (value: T) => void,
  ) => (
    <Select
      label={label}
      data={list.map((one) => ({
        value: one as string,
        label: `${one} · ${t(`${family}.${one as string}`)}`,
      }))}
      value={value}
      onChange={(chosen) => chosen && set(chosen as T)}
    />
  );
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {t('operation.give-about')}
      </Text>
      <Group grow align="flex-start">
        <Select
          label={t('operation.mark')}
          data={MARKS.map((one) => ({ value: one, label: t(`operation.mark.${one}`) }))}
          value={mark}
          onChange={(chosen) => chosen && setMark(chosen as typeof mark)}
        />
        <Select
          label={t('intelligence.handling')}
          data={TLP_LEVELS.map((level) => ({ value: level, label: `TLP:${level.toUpperCase()}` }))}
          value={tlp}
          onChange={(chosen) => chosen && setTlp(chosen)}
        />
        <Field label={t('operation.threat')} value={threat} onWrite={setThreat} maxLength={60} />
      </Group>
      <Group grow align="flex-start">
        {grade(t('operation.source'), 'grade.source', SOURCE_GRADES, source, setSource)}
        {grade(
          t('operation.information'),
          'grade.information',
          INFORMATION_GRADES,
          information,
          setInformation,
        )}
      </Group>
      <Drop
        words={t('operation.drop')}
        onFiles={(files) => files.length > 0 && !give.isPending && give.mutate(files)}
      />
      <ProblemNote error={give.error} />
      {mine && <WorkLine work={mine} />}
      {report && (
        <Alert color={report.refusedCount > 0 ? 'yellow' : 'teal'} role="status">
          <Stack gap="xs">
            <Text size="sm">
              {t('operation.given', {
                added: report.added,
                known: report.corroborated + report.repeated,
                refused: report.refusedCount,
              })}
            </Text>
            {report.kept.map(({ count, clauses }) => (
              <div key={clauses.map(({ path }) => path).join()}>
                <Text size="sm">{t('operation.kept-here', { count })}</Text>
                <Clauses clauses={clauses} />
              </div>
            ))}
            {report.refused.map(({ path, message }) => (
              <Text size="sm" key={path}>
                <Mono>{path}</Mono> <bdi dir="auto">{message}</bdi>
              </Text>
            ))}
          </Stack>
        </Alert>
      )}
    </Stack>
  );
}
