/** One event: everything its record says, and what people say about it. A tag is a signed record beside the timeline. */
import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Field, LongField } from '../ui/form.tsx';
import { Moment } from '../ui/moment.tsx';
import { Mono } from '../ui/mono.tsx';
import { Facts, Scroll } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';

type TimelineEvent = Answer<'GET /cases/{id}/timeline'>['events'][number];

const refresh = () =>
  queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'GET /cases/{id}/timeline' });

export function EventView({ caseId, event }: { readonly caseId: string; readonly event: TimelineEvent }) {
  const { t } = useTranslation();
  const may = useMay();
  const remove = useMutation({
    mutationFn: (tag: string) =>
      call('DELETE /cases/{id}/timeline/tags/{tag}', { params: { id: caseId, tag } }),
    onSuccess: refresh,
  });
  const fields = Object.entries(event.fields);
  return (
    <Stack>
      <Text dir="auto" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {event.message}
      </Text>
      <Facts
        facts={[
          [
            t('timeline.time'),
            event.time === null ? t('timeline.no-time') : <Moment key="t" at={event.time} utc />,
          ],
          [
            t('timeline.precision'),
            [event.precision, event.timeSource, event.timeZone].filter(Boolean).join(' · '),
          ],
          [t('finding.kind'), <Mono key="k">{event.kind}</Mono>],
          ...(event.host ? ([[t('timeline.column.host'), <Mono key="h">{event.host}</Mono>]] as const) : []),
          ...(event.user ? ([[t('timeline.column.user'), <Mono key="u">{event.user}</Mono>]] as const) : []),
          [t('finding.place'), <Mono key="p">{`${event.exhibit} · ${event.file} @ ${event.offset}`}</Mono>],
          [t('timeline.column.format'), <Mono key="f">{event.format}</Mono>],
          ...(event.recovered ? ([[t('exhibit.state'), t('timeline.recovered')]] as const) : []),
        ]}
      />
      {fields.length > 0 && (
        <Scroll>
          <dl className="facts" dir="ltr">
            {fields.map(([name, value]) => [
              <dt key={`${name}:`}>{name}</dt>,
              <dd key={name}>
                <Mono>{typeof value === 'string' ? value : JSON.stringify(value)}</Mono>
              </dd>,
            ])}
          </dl>
        </Scroll>
      )}
      {event.tags.map((one) => (
        <Group key={one.id} justify="space-between" wrap="nowrap">
          <div>
            <Badge variant="light">{one.tag}</Badge>{' '}
            {one.isStale && (
              <Badge variant="light" color="yellow">
                {t('timeline.stale')}
              </Badge>
            )}
            <Text size="sm" dir="auto">
              {one.comment}
            </Text>
            <Text size="xs" c="dimmed">
              <bdi>{one.person}</bdi> · <Moment at={one.at} />
            </Text>
          </div>
          {may('DELETE /cases/{id}/timeline/tags/{tag}') && (
            <Button size="compact-sm" variant="default" onClick={() => remove.mutate(one.id)}>
              {t('timeline.untag')}
            </Button>
          )}
        </Group>
      ))}
      <ProblemNote error={remove.error} />
      {may('POST /cases/{id}/timeline/tags') && <TagForm caseId={caseId} events={[event.id]} />}
    </Stack>
  );
}

export function TagForm(props: {
  readonly caseId: string;
  readonly events: readonly string[];
  readonly onDone?: () => void;
}) {
  const { t } = useTranslation();
  const [tag, setTag] = useState('');
  const [comment, setComment] = useState('');
  const add = useMutation({
    mutationFn: () =>
      call('POST /cases/{id}/timeline/tags', {
        params: { id: props.caseId },
        body: { events: [...props.events], tag: tag.trim(), ...(comment.trim() ? { comment } : {}) },
      }),
    onSuccess: async () => {
      setTag('');
      setComment('');
      await refresh();
      props.onDone?.();
    },
  });
  return (
    <form
      className="decide"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Stack gap="sm">
        <Field
          label={t('timeline.tag')}
          description={t('timeline.tag-hint')}
          value={tag}
          onWrite={setTag}
          maxLength={64}
        />
        <LongField
          label={t('timeline.comment')}
          value={comment}
          onWrite={setComment}
          maxLength={2_000}
          autosize
        />
        <ProblemNote error={add.error} />
        <Group justify="flex-end">
          <Button type="submit" disabled={tag.trim() === ''} loading={add.isPending}>
            {t('timeline.tag-now')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
