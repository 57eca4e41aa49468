/** What persons said about findings, and saying something: a record beside the finding, with its leaf in the ledger. */
import { Alert, Badge, Button, Group, Radio, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Moment } from '../ui/moment.tsx';
import { Mono } from '../ui/mono.tsx';
import { ProblemNote } from '../ui/problem.tsx';

type Finding = Answer<'GET /cases/{id}/findings'>['findings'][number];

const MARKS = ['confirmed', 'false-positive', 'unclear'] as const;
type Mark = (typeof MARKS)[number];
export const MARK_COLOURS = { confirmed: 'teal', 'false-positive': 'red', unclear: 'yellow' } as const;

/** The last one counts. */
export const markOf = (notes: Finding['notes']): Mark | null =>
  notes.findLast(({ mark }) => mark !== null)?.mark ?? null;

/** Whether the last marks of two persons are not the same. */
export function doDiffer(notes: Finding['notes']): boolean {
  const last = new Map(notes.flatMap(({ person, mark }) => (mark === null ? [] : [[person, mark] as const])));
  return new Set(last.values()).size > 1;
}

export function FindingNotes(props: {
  readonly caseId: string;
  readonly findings: readonly Finding[];
  readonly onDone: () => void;
}) {
  const { caseId, findings } = props;
  const { t } = useTranslation();
  const may = useMay();
  const [mark, setMark] = useState<Mark | 'none'>('none');
  const [comment, setComment] = useState('');
  const note = useMutation({
    mutationFn: () =>
      call('POST /cases/{id}/findings/notes', {
        params: { id: caseId },
        body: {
          findings: findings.map(({ id }) => id),
          ...(mark === 'none' ? {} : { mark }),
          ...(comment.trim() === '' ? {} : { comment }),
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['GET /cases/{id}/findings', caseId] });
      props.onDone();
    },
  });
  const [only] = findings;
  return (
    <Stack>
      {findings.length === 1 && only && (
        <>
          <Mono>{only.value}</Mono>
          {doDiffer(only.notes) && <Alert color="orange">{t('finding.differ-means')}</Alert>}
          {only.notes.length > 0 && (
            <ol className="chain" aria-label={t('finding.notes')}>
              {only.notes.map((one) => (
                <li key={one.id}>
                  {one.mark && (
                    <Badge variant="light" color={MARK_COLOURS[one.mark]}>
                      {t(`finding.mark.${one.mark}`)}
                    </Badge>
                  )}
                  <Text size="sm" dir="auto">
                    {one.comment}
                  </Text>
                  <Text size="xs" c="dimmed">
                    <bdi>{one.person}</bdi> · <Moment at={one.at} />
                  </Text>
                </li>
              ))}
            </ol>
          )}
        </>
      )}
      {may('POST /cases/{id}/findings/notes') && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            note.mutate();
          }}
        >
          <Stack>
            <Radio.Group
              label={t('finding.mark')}
              value={mark}
              onChange={(value) => setMark(value as typeof mark)}
            >
              <Group mt="xs">
                <Radio value="none" label={t('finding.comment-only')} />
                {MARKS.map((one) => (
                  <Radio key={one} value={one} label={t(`finding.mark.${one}`)} />
                ))}
              </Group>
            </Radio.Group>
            <Textarea
              label={t('timeline.comment')}
              description={t('finding.note-hint')}
              value={comment}
              onChange={(event) => setComment(event.currentTarget.value)}
              maxLength={2_000}
              autosize
              minRows={2}
            />
            <ProblemNote error={note.error} />
            <Group justify="flex-end">
              <Button
                type="submit"
                disabled={mark === 'none' && comment.trim() === ''}
                loading={note.isPending}
              >
                {t('finding.keep-note')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Stack>
  );
}
