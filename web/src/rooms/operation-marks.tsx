/** What a target is taken to be, how good what is known of it is, and what it waits for. */
import { Badge, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { MARK_COLOURS, type Target } from './operation-words.ts';

export function Mark({ mark }: { readonly mark: string }) {
  const { t } = useTranslation();
  return (
    <Badge variant="light" color={MARK_COLOURS[mark] ?? 'gray'}>
      {t(`operation.mark.${mark}`)}
    </Badge>
  );
}

/** Source and information of each contributor that stands by it. */
export function Gradings({
  target,
  nameOf,
}: {
  readonly target: Target;
  readonly nameOf: (kid: string) => string;
}) {
  const standing = target.contributions.filter(({ withdrawnAt }) => withdrawnAt === null);
  return (
    <Group gap={4} wrap="nowrap">
      {standing.slice(0, 3).map(({ peer, source, information }) => (
        <span key={peer} className="grade" title={nameOf(peer)}>
          {source}
          {information}
        </span>
      ))}
      {standing.length > 3 && (
        <Text span size="xs" c="dimmed">
          +{standing.length - 3}
        </Text>
      )}
    </Group>
  );
}

/** Why it waits for a person, or that one has decided. */
export function Waits({ target }: { readonly target: Pick<Target, 'queue' | 'decision' | 'contributions'> }) {
  const { t } = useTranslation();
  if (target.contributions.length > 0 && target.contributions.every((one) => one.withdrawnAt !== null))
    return (
      <Badge variant="light" color="gray">
        {t('operation.withdrawn')}
      </Badge>
    );
  const why = target.decision === 'hold' ? 'held' : target.queue;
  if (why !== null)
    return (
      <Badge variant="light" color="yellow">
        {t(`operation.queue.${why}`)}
      </Badge>
    );
  return target.decision === 'route' ? (
    <Badge variant="light" color="teal">
      {t('operation.decided')}
    </Badge>
  ) : null;
}
