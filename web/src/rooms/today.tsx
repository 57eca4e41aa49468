/** Today: what needs me. */
import { Badge, Paper, SimpleGrid, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Answer, reading } from '../api/client.ts';
import { useMe } from '../shell/me.ts';
import { useFormat } from '../ui/format.ts';
import { Moment } from '../ui/moment.tsx';
import { Empty, Page, Panel } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { typeWords } from '../ui/type-words.ts';

type Item = Answer<'GET /today'>['items'][number];

const REFRESH_MS = 20_000;
const FIGURES = ['agreements', 'objects', 'findings', 'cases', 'peers', 'leaves'] as const;

export default function Today() {
  const { t } = useTranslation();
  const { count } = useFormat();
  const { data: me } = useMe();
  const { data, error, refetch } = useQuery({ ...reading('GET /today'), refetchInterval: REFRESH_MS });
  return (
    <Page title={t('today.hello', { name: me?.name ?? '' })} about={t('today.about')}>
      <ProblemNote error={error} retry={() => refetch()} />
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm">
        {FIGURES.map((figure) => (
          <Paper key={figure} withBorder p="md">
            <div className="figure">{data ? count(data.figures[figure]) : <Skeleton h={28} w={48} />}</div>
            <Text size="sm" c="dimmed">
              {t(`today.figure.${figure}`, { count: data?.figures[figure] ?? 0 })}
            </Text>
          </Paper>
        ))}
      </SimpleGrid>
      {data && data.items.length === 0 && <Empty words={t('today.nothing')} />}
      {data && data.items.length > 0 && (
        <Panel title={t('today.needs')}>
          <div className="needs">
            {data.items.map((item) => (
              <ItemLine key={`${item.kind} ${item.id} ${item.at}`} item={item} />
            ))}
          </div>
        </Panel>
      )}
    </Page>
  );
}

const COLOURS: Readonly<Partial<Record<Item['kind'], string>>> = {
  'agreement-to-sign': 'yellow',
  'agreement-ending': 'orange',
  'agreement-suspended': 'red',
  'seat-ending': 'orange',
  'seat-over': 'orange',
  'seat-run-waiting': 'yellow',
  'request-received': 'yellow',
  'request-late': 'red',
  'receipt-missing': 'orange',
  'recall-unanswered': 'orange',
  'recall-received': 'yellow',
  outcome: 'teal',
};

function ItemLine({ item }: { readonly item: Item }) {
  const { t } = useTranslation();
  const { kind, subject, unnamed, count } = item;
  const about = unnamed
    ? t('today.unnamed', { type: typeWords(t, unnamed.type), from: unnamed.from || t('today.own') })
    : kind === 'outcome'
      ? t(`outcome.${subject}`)
      : subject;
  return (
    <div>
      <Badge variant="light" color={COLOURS[kind] ?? 'harbour'}>
        {t(`today.kind.${kind}`)}
      </Badge>
      <Text size="sm">
        <ItemLink item={item}>
          <bdi>{about}</bdi>
        </ItemLink>{' '}
        <Text span c="dimmed" size="sm">
          {t(`today.say.${kind}`, { count })}
        </Text>
      </Text>
      <Text size="sm" c="dimmed" visibleFrom="sm">
        <Moment at={item.at} />
      </Text>
    </div>
  );
}

function ItemLink({ item, children }: { readonly item: Item; readonly children: React.ReactNode }) {
  const { kind, id } = item;
  if (kind.startsWith('agreement'))
    return (
      <Link className="link" to="/agreements/$id" params={{ id }}>
        {children}
      </Link>
    );
  if (kind === 'findings' || kind === 'seat-ending' || kind === 'seat-run-waiting')
    return (
      <Link className="link" to="/cases/$id" params={{ id }}>
        {children}
      </Link>
    );
  if (kind === 'seat-over' || kind.startsWith('request-'))
    return (
      <Link className="link" to="/desk/$part" params={{ part: 'requests' }}>
        {children}
      </Link>
    );
  if (kind === 'receipt-missing')
    return (
      <Link className="link" to="/peers">
        {children}
      </Link>
    );
  if (item.unnamed)
    return (
      <Link className="link" to="/peers/$part" params={{ part: 'recalls' }} hash={id}>
        {children}
      </Link>
    );
  return (
    <Link className="link" to="/intelligence/$id" params={{ id }}>
      {children}
    </Link>
  );
}
