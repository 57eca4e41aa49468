/** What came of it: by kind and day, who contributed how well, every report, and those that contradict each other. */
import {
  Anchor,
  Badge,
  Button,
  Checkbox,
  Group,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  Textarea,
} from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, reading } from '../api/client.ts';
import { LANGUAGES } from '../i18n/index.ts';
import { useMay } from '../shell/me.ts';
import { Country } from '../ui/country.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { useFormat } from '../ui/format.ts';
import { Moment } from '../ui/moment.tsx';
import { Mono } from '../ui/mono.tsx';
import { Empty, Panel } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { type Column, Rows } from '../ui/rows.tsx';
import { SortedRows, type Values } from '../ui/sorted-rows.tsx';
import { ReportOutcome } from './operation-report-outcome.tsx';
import { type Board, OUTCOME_COLOURS, refresh, useNames, useOutcomes } from './operation-words.ts';

type Outcome = Answer<'GET /operations/{operation}/outcomes'>['outcomes'][number];
type Figures = Answer<'GET /operations/{operation}/figures'>;
type Contributor = Figures['contributors'][number];

const SCORES = ['given', 'confirmed', 'falsePositive', 'stale', 'withdrawn', 'silent'] as const;
/** Of what something is known about; null when nothing is. */
const shareOf = ({ given, silent, confirmed }: Contributor) =>
  given === silent ? null : confirmed / (given - silent);
const SCORE_VALUES: Values<Contributor> = {
  name: ({ name }) => name,
  ...Object.fromEntries(SCORES.map((one) => [one, (row: Contributor) => row[one]])),
  share: shareOf,
};

export function OperationOutcomes({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const may = useMay();
  const nameOf = useNames();
  const { count } = useFormat();
  const { id, state } = board.operation;
  const [overruled, setOverruled] = useState<Outcome | null>(null);
  const [reporting, setReporting] = useState(false);
  const figures = useQuery(reading('GET /operations/{operation}/figures', { params: { operation: id } }));
  const [contradicting, setContradicting] = useState(false);
  const { outcomes, total, error, refetch, more } = useOutcomes(id, contradicting);
  const problem = error ?? figures.error;
  if (problem)
    return <ProblemNote error={problem} retry={() => void Promise.all([refetch(), figures.refetch()])} />;
  if (total === null) return <Skeleton h={240} />;
  const maySupersede = may('POST /operations/{operation}/outcomes/{outcome}/superseding');
  const columns: Column<Outcome>[] = [
    {
      key: 'kind',
      head: t('operation.what-came'),
      width: 'minmax(11rem, 1.2fr)',
      cell: (one) => (
        <Group gap={6} wrap="nowrap">
          <Badge variant="light" color={one.superseded === null ? OUTCOME_COLOURS[one.kind] : 'gray'}>
            {t(`outcome.${one.kind}`)}
          </Badge>
          {one.quantity !== 1 && (
            <Text span size="sm">
              × {count(one.quantity)}
            </Text>
          )}
        </Group>
      ),
    },
    {
      key: 'target',
      head: t('operation.target'),
      width: 'minmax(11rem, 1.6fr)',
      cell: (one) => <Mono title={one.value}>{one.value}</Mono>,
    },
    {
      key: 'country',
      head: t('operation.country'),
      width: 'minmax(9rem, 1fr)',
      cell: ({ country }) => (country === null ? null : <Country code={country} />),
    },
    {
      key: 'who',
      head: t('operation.reporter'),
      width: 'minmax(10rem, 1.2fr)',
      cell: (one) =>
        one.direction === 'told' ? (
          t('operation.by-lead')
        ) : (
          <bdi>{nameOf(one.direction === 'out' ? '' : one.peer)}</bdi>
        ),
    },
    { key: 'at', head: t('operation.when'), width: '12rem', cell: ({ at }) => <Moment at={at} /> },
    {
      key: 'counts',
      head: t('exhibit.state'),
      width: '11rem',
      cell: (one) =>
        one.superseded !== null ? (
          <Text span size="sm" c="dimmed" title={one.superseded}>
            {t('operation.does-not-count')}
          </Text>
        ) : one.contradicts ? (
          <Group gap={6} wrap="nowrap">
            <Badge variant="light" color="orange">
              {t('operation.contradicts')}
            </Badge>
            {maySupersede && (
              <Button size="compact-xs" variant="default" onClick={() => setOverruled(one)}>
                {t('operation.decide')}
              </Button>
            )}
          </Group>
        ) : null,
    },
  ];
  const mayReport = state !== 'left' && may('POST /operations/{operation}/outcomes');
  return (
    <Stack>
      <Group justify="space-between">
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            {t('operation.report')}
          </Text>
          {Object.entries(LANGUAGES).map(([language, name]) => (
            <Anchor
              key={language}
              size="sm"
              lang={language}
              href={`/api/v1/operations/${encodeURIComponent(id)}/report/${language}`}
              download
            >
              {name}
            </Anchor>
          ))}
        </Group>
        {mayReport && <Button onClick={() => setReporting(true)}>{t('operation.report-outcome')}</Button>}
      </Group>
      {/* They count all targets; the list does not wait for them. */}
      {figures.data ? (
        <>
          <SimpleGrid cols={{ base: 1, lg: 2 }}>
            <Kinds figures={figures.data} />
            <Days figures={figures.data} />
          </SimpleGrid>
          <Scoreboard figures={figures.data} />
        </>
      ) : (
        <Skeleton h={240} />
      )}
      {((figures.data?.contradictory ?? 0) > 0 || contradicting) && (
        <Checkbox
          label={t('operation.only-contradicting')}
          checked={contradicting}
          onChange={({ currentTarget }) => setContradicting(currentTarget.checked)}
        />
      )}
      {total === 0 ? (
        <Empty words={t(contradicting ? 'operation.no-contradicting' : 'operation.no-outcomes')} />
      ) : (
        <Rows
          label={t('operation.part.outcomes')}
          columns={columns}
          rows={outcomes}
          keyOf={(one) => one.id}
          onEnd={more}
        />
      )}
      <Dialog
        opened={reporting}
        onClose={() => setReporting(false)}
        title={t('operation.report-outcome')}
        size="lg"
      >
        <ReportOutcome operation={id} />
      </Dialog>
      <Dialog opened={overruled !== null} onClose={() => setOverruled(null)} title={t('operation.overrule')}>
        {overruled && <Overrule operation={id} outcome={overruled} onDone={() => setOverruled(null)} />}
      </Dialog>
    </Stack>
  );
}

/** A bar and its number; the longest fills the line. */
function Bar({
  share,
  label,
  value,
  colour,
}: {
  readonly share: number;
  readonly label: string;
  readonly value: string;
  readonly colour?: string;
}) {
  return (
    <div className="bar">
      <span>{label}</span>
      <span className="track" aria-hidden="true">
        <i
          style={{
            inlineSize: `${Math.round(100 * share)}%`,
            ...(colour ? { background: `var(--mantine-color-${colour}-filled)` } : {}),
          }}
        />
      </span>
      <b>{value}</b>
    </div>
  );
}

function Kinds({ figures }: { readonly figures: Figures }) {
  const { t } = useTranslation();
  const { count } = useFormat();
  const most = Math.max(1, ...figures.outcomes.map(({ targets }) => targets));
  return (
    <Panel title={t('operation.by-kind')}>
      {figures.outcomes.map(({ kind, targets }) => (
        <Bar
          key={kind}
          label={t(`outcome.${kind}`)}
          value={count(targets)}
          share={targets / most}
          colour={OUTCOME_COLOURS[kind]!}
        />
      ))}
    </Panel>
  );
}

function Days({ figures }: { readonly figures: Figures }) {
  const { t, i18n } = useTranslation();
  const { count } = useFormat();
  const days = figures.days.slice(-14);
  const most = Math.max(1, ...days.map((one) => one.count));
  const name = new Intl.DateTimeFormat(i18n.language, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  return (
    <Panel title={t('operation.by-day')}>
      {days.length === 0 && (
        <Text c="dimmed" size="sm">
          {t('operation.no-outcomes')}
        </Text>
      )}
      {days.map(({ day, count: n }) => (
        <Bar key={day} label={name.format(new Date(day))} value={count(n)} share={n / most} />
      ))}
    </Panel>
  );
}

/** How good each contributor's targets were; computed from signed messages, so there is nothing to edit. */
function Scoreboard({ figures }: { readonly figures: Figures }) {
  const { t } = useTranslation();
  const { count } = useFormat();
  if (figures.contributors.length === 0) return null;
  return (
    <Panel title={t('operation.scoreboard')}>
      <Text size="sm" c="dimmed">
        {t('operation.scoreboard-about')}
      </Text>
      <SortedRows
        label={t('operation.scoreboard')}
        rows={figures.contributors}
        keyOf={({ peer }) => peer}
        addressed="scores"
        height="20rem"
        minWidth="66rem"
        values={SCORE_VALUES}
        columns={[
          {
            key: 'name',
            head: t('intelligence.contributor'),
            width: 'minmax(11rem, 2fr)',
            cell: ({ name }) => <bdi>{name}</bdi>,
          },
          ...SCORES.map(
            (one): Column<Contributor> => ({
              key: one,
              head: t(`operation.score.${one}`),
              width: 'minmax(6.5rem, 1fr)',
              cell: (row) => <span className="number">{count(row[one])}</span>,
            }),
          ),
          {
            key: 'share',
            head: t('operation.score.share'),
            width: 'minmax(15rem, 1.6fr)',
            cell: (one) => {
              const share = shareOf(one);
              return (
                <span className="number">
                  {share === null
                    ? t('operation.nothing-known')
                    : t('operation.percent', { value: Math.round(100 * share) })}
                </span>
              );
            },
          },
        ]}
      />
    </Panel>
  );
}

function Overrule(props: {
  readonly operation: string;
  readonly outcome: Outcome;
  readonly onDone: () => void;
}) {
  const { t } = useTranslation();
  const { operation, outcome } = props;
  const [reason, setReason] = useState('');
  const overrule = useMutation({
    mutationFn: () =>
      call('POST /operations/{operation}/outcomes/{outcome}/superseding', {
        params: { operation, outcome: outcome.id },
        body: { reason },
      }),
    onSuccess: async () => {
      await refresh();
      props.onDone();
    },
  });
  return (
    <Stack>
      <Text size="sm">
        {t(`outcome.${outcome.kind}`)} · <Mono>{outcome.value}</Mono>
      </Text>
      <Text size="sm">{t('operation.overrule-means')}</Text>
      <Textarea
        label={t('operation.reason')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={1000}
        autosize
        minRows={2}
        data-autofocus
      />
      <ProblemNote error={overrule.error} />
      <Button disabled={reason.trim() === ''} onClick={() => overrule.mutate()} loading={overrule.isPending}>
        {t('operation.overrule')}
      </Button>
    </Stack>
  );
}
