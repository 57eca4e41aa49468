/**
 * The timeline of a case: what all exhibits say happened, in the order of time. The node counts and pages; the page holds what is in view, wherever
 * that is, so that it is the same with a thousand events and twenty million.
 */
import { Alert, Button, Group, Select, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/form.tsx';
import { useFormat } from '../ui/format.ts';
import { Mono } from '../ui/mono.tsx';
import { Empty, Panel } from '../ui/page.tsx';
import { PAGE, usePagesInView } from '../ui/pages-in-view.ts';
import { ProblemNote } from '../ui/problem.tsx';
import { type Column, FarRows } from '../ui/rows.tsx';
import { EventView, TagForm } from './case-event.tsx';
import { Histogram } from './histogram.tsx';

export type TimelineEvent = Answer<'GET /cases/{id}/timeline'>['events'][number];

const LIVE_MS = 6_000;
const FACETS = ['kind', 'host', 'user', 'format', 'file'] as const;
const FACETS_SHOWN = 12;

const BINS = { minute: 60, hour: 3_600, day: 86_400, month: 2_629_800, year: 31_557_600 } as const;
type Bin = keyof typeof BINS;
/** Bars that can be told apart. */
const BARS_MAX = 600;

interface Range {
  readonly from: string;
  readonly to: string;
}

const binOf = ({ from, to }: Range): Bin => {
  const seconds = (Date.parse(to) - Date.parse(from)) / 1_000;
  return (Object.keys(BINS) as Bin[]).find((bin) => BARS_MAX * BINS[bin] >= seconds) ?? 'year';
};

type Bars = Answer<'GET /cases/{id}/timeline/histogram'>['bars'];

/** The whole extent first, in months; then only where something is, as fine as bars can be told apart. What is shown stays until that is known. */
function useBars(caseId: string, where: string, range: Range | null) {
  const useLevel = (bin: Bin, span: Range | null, isAsked: boolean) =>
    useQuery({
      ...reading('GET /cases/{id}/timeline/histogram', {
        params: { id: caseId },
        query: { ...(where ? { where } : {}), ...span, by: bin },
      }),
      enabled: isAsked,
    });
  const useFiner = (before: Range | null) => {
    const bin = before ? binOf(before) : 'month';
    const { data, error } = useLevel(bin, range, before !== null);
    return { bin, bars: data?.bars, error, narrowed: range ?? extentOf(data?.bars, bin) };
  };
  const months = useLevel('month', null, true);
  const days = useFiner(range ?? extentOf(months.data?.bars, 'month'));
  const hours = useFiner(days.narrowed);
  const { bin, bars, error } = useFiner(hours.narrowed);
  const drawn = useRef<{ readonly bars: Bars; readonly bin: Bin } | null>(null);
  if (months.data?.bars.length === 0) drawn.current = { bars: [], bin };
  else if (bars) drawn.current = { bars, bin };
  return { drawn: drawn.current, error: months.error ?? error };
}

/** Null until it is known, and where there is nothing. */
function extentOf(bars: Bars | undefined, bin: Bin): Range | null {
  if (!bars || bars.length === 0) return null;
  return { from: bars[0]!.from, to: endOf(bars.at(-1)!.from, bin) };
}

function endOf(from: string, bin: Bin): string {
  const end = new Date(from);
  if (bin === 'month') end.setUTCMonth(end.getUTCMonth() + 1);
  else end.setTime(end.getTime() + BINS[bin] * 1_000);
  return end.toISOString();
}

/** A value as the filter language quotes it. */
const quoted = (value: string) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`;

export default function CaseTimeline({ caseId }: { readonly caseId: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const { count } = useFormat();
  const [typed, setTyped] = useState('');
  const [where, setWhere] = useState('');
  const [range, setRange] = useState<Range | null>(null);
  const [facet, setFacet] = useState<(typeof FACETS)[number]>('kind');
  const [shown, setShown] = useState<TimelineEvent | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [tagging, setTagging] = useState(false);
  const asked = { ...(where ? { where } : {}), ...(range ?? {}) };
  const params = { id: caseId };
  const first = useQuery({
    ...reading('GET /cases/{id}/timeline', { params, query: { ...asked, limit: 1, count: true } }),
    placeholderData: (before) => before,
    refetchOnWindowFocus: false,
  });
  const found = first.data?.total ?? 0;
  const pages = usePagesInView<TimelineEvent>({
    queryKey: ['GET /cases/{id}/timeline', caseId, asked],
    count: found,
    read: async (offset, signal) => {
      const query = { ...asked, limit: PAGE, ...(offset === 0 ? {} : { offset }) };
      return (await call('GET /cases/{id}/timeline', { params, query, signal })).events;
    },
  });
  // Looking at tags is no question to the evidence; what others put on or take off shows in the rows.
  const tags = useQuery({
    ...reading('GET /cases/{id}/timeline/tags', { params }),
    refetchInterval: LIVE_MS,
    select: (answer) => answer.tags.map(({ id }) => id).join(),
  });
  const tagsBefore = useRef(tags.data);
  useEffect(() => {
    if (tagsBefore.current !== undefined && tags.data !== tagsBefore.current)
      void queries.invalidateQueries({ queryKey: ['GET /cases/{id}/timeline', caseId] });
    tagsBefore.current = tags.data;
  }, [tags.data, caseId]);
  const { drawn, error } = useBars(caseId, where, range);
  const facets = useQuery({
    ...reading('GET /cases/{id}/timeline/facets/{column}', {
      params: { id: caseId, column: facet },
      query: { ...asked, limit: FACETS_SHOWN },
    }),
    placeholderData: (before) => before,
  });
  const unread = first.data?.unread ?? [];
  const total = drawn?.bars.reduce((sum, bar) => sum + bar.events, 0) ?? null;
  const ask = (event: FormEvent) => {
    event.preventDefault();
    setWhere(typed.trim());
  };
  const narrow = (condition: string) => {
    const next = where === '' ? condition : `(${where}) and ${condition}`;
    setTyped(next);
    setWhere(next);
  };
  const clear = () => {
    setTyped('');
    setWhere('');
    setRange(null);
  };
  const columns: Column<TimelineEvent>[] = [
    ...(may('POST /cases/{id}/timeline/tags')
      ? [
          {
            key: 'choose',
            head: t('timeline.choose'),
            width: '4.5rem',
            cell: (one: TimelineEvent) => (
              <input
                type="checkbox"
                aria-label={t('timeline.choose-one', { event: one.id })}
                checked={chosen.has(one.id)}
                onChange={({ currentTarget }) => {
                  const next = new Set(chosen);
                  if (currentTarget.checked) next.add(one.id);
                  else next.delete(one.id);
                  setChosen(next);
                }}
              />
            ),
          },
        ]
      : []),
    {
      key: 'time',
      head: t('timeline.time'),
      width: '15.5rem',
      cell: (one) =>
        one.time === null ? t('timeline.no-time') : <Mono title={one.time}>{inUtc(one.time)}</Mono>,
    },
    {
      key: 'kind',
      head: t('finding.kind'),
      width: '9rem',
      cell: ({ kind }) => <Mono title={kind}>{kind}</Mono>,
    },
    {
      key: 'who',
      head: t('timeline.host-user'),
      width: 'minmax(9.5rem, 1fr)',
      cell: ({ host, user }) => {
        const both = [host, user].filter((one) => one !== null).join(' · ');
        return <Mono title={both}>{both}</Mono>;
      },
    },
    {
      key: 'message',
      head: t('timeline.message'),
      width: 'minmax(16rem, 3.2fr)',
      cell: (one) => (
        <button
          type="button"
          className="plain"
          onClick={() => setShown(one)}
          title={one.message.slice(0, 500)}
        >
          <bdi dir="auto">{one.message.slice(0, 300) || one.id}</bdi>
        </button>
      ),
    },
    {
      key: 'tags',
      head: t('timeline.tags'),
      width: 'minmax(7rem, 0.8fr)',
      cell: ({ tags }) =>
        tags.map(({ id, tag }) => (
          <span key={id} className="tag">
            <bdi>{tag}</bdi>
          </span>
        )),
    },
    {
      key: 'exhibit',
      head: t('timeline.exhibit'),
      width: 'minmax(8rem, 1fr)',
      cell: ({ exhibit, file }) => <Mono title={file}>{`${exhibit} · ${file}`}</Mono>,
    },
  ];
  const isNarrowed = where !== '' || range !== null;
  if (first.data && found === 0 && !isNarrowed)
    return <Empty words={t(unread.length > 0 ? 'timeline.unread-all' : 'timeline.none')} />;
  return (
    <Stack>
      <form onSubmit={ask}>
        <Group align="flex-end" gap="sm">
          <Field
            label={t('timeline.filter')}
            description={t('timeline.filter-hint')}
            dir="ltr"
            value={typed}
            onWrite={setTyped}
            maxLength={4_000}
            style={{ flex: 1, minWidth: 260 }}
          />
          <Button type="submit">{t('timeline.ask')}</Button>
          {isNarrowed && (
            <Button variant="default" onClick={clear}>
              {t('timeline.all')}
            </Button>
          )}
        </Group>
      </form>
      <ProblemNote error={first.error ?? pages.error ?? error} />
      {unread.length > 0 && <Alert color="yellow">{t('timeline.unread', { count: unread.length })}</Alert>}
      <div className="timeline-top">
        <Panel
          title={
            <Text span size="sm" fw={600}>
              {total === null ? t('timeline.counting') : t('timeline.counted', { count: total })}
            </Text>
          }
          actions={<Between range={range} set={setRange} />}
        >
          {drawn && drawn.bars.length > 0 ? (
            <Histogram
              bars={drawn.bars}
              binS={BINS[drawn.bin]}
              label={t('timeline.histogram', {
                count: total ?? 0,
                from: inUtc(drawn.bars[0]!.from),
                to: inUtc(endOf(drawn.bars.at(-1)!.from, drawn.bin)),
              })}
              onRange={(from, to) => setRange({ from, to })}
            />
          ) : (
            <Skeleton h={170} visible={!drawn && !error} />
          )}
          <Text size="xs" c="dimmed">
            {t('timeline.brush')}
          </Text>
        </Panel>
        <Panel
          title={
            <Select
              aria-label={t('timeline.facet')}
              size="xs"
              data={FACETS.map((one) => ({ value: one, label: t(`timeline.column.${one}`) }))}
              value={facet}
              onChange={(value) => value && setFacet(value as typeof facet)}
            />
          }
        >
          <div className="facets">
            {facets.data?.values.map(({ value, events: n }) => (
              <button
                key={value ?? ''}
                type="button"
                disabled={value === null}
                onClick={() => value !== null && narrow(`${facet} = ${quoted(value)}`)}
              >
                <bdi dir="ltr">{value ?? t('timeline.empty-value')}</bdi>
                <b>{count(n)}</b>
              </button>
            ))}
          </div>
        </Panel>
      </div>
      {chosen.size > 0 && (
        <Group>
          <Button size="xs" onClick={() => setTagging(true)}>
            {t('timeline.tag-chosen', { count: chosen.size })}
          </Button>
          <Button size="xs" variant="default" onClick={() => setChosen(new Set())}>
            {t('shell.clear')}
          </Button>
        </Group>
      )}
      {first.data && found === 0 && <Empty words={t('timeline.nothing-fits')} />}
      {found > 0 && (
        <FarRows
          key={JSON.stringify(asked)}
          label={t('case.timeline')}
          columns={columns}
          count={found}
          at={pages.at}
          onView={pages.onView}
          keyOf={({ id }) => id}
          minWidth="66rem"
          height="calc(100vh - 12rem)"
        />
      )}
      <Dialog opened={shown !== null} onClose={() => setShown(null)} title={t('timeline.event')} size="xl">
        {shown && <EventView caseId={caseId} event={pages.rows.find(({ id }) => id === shown.id) ?? shown} />}
      </Dialog>
      <Dialog
        opened={tagging}
        onClose={() => setTagging(false)}
        title={t('timeline.tag-chosen', { count: chosen.size })}
      >
        <TagForm
          caseId={caseId}
          events={[...chosen]}
          onDone={() => {
            setTagging(false);
            setChosen(new Set());
          }}
        />
      </Dialog>
    </Stack>
  );
}

/** The range in figures, for whoever does not drag. */
function Between({
  range,
  set,
}: {
  readonly range: Range | null;
  readonly set: (range: Range | null) => void;
}) {
  const { t } = useTranslation();
  const field = (name: 'from' | 'to') => (
    <TextInput
      key={`${name} ${range?.[name]}`}
      type="datetime-local"
      size="xs"
      step={1}
      aria-label={t(`timeline.${name}`)}
      defaultValue={range?.[name].slice(0, 19) ?? ''}
      onBlur={({ currentTarget }) => {
        const value =
          currentTarget.value === '' ? null : `${currentTarget.value.padEnd(19, ':00').slice(0, 19)}Z`;
        if (value === null || value.slice(0, 19) === range?.[name].slice(0, 19)) return;
        set({ from: range?.from ?? EARLIEST, to: range?.to ?? LATEST, [name]: value });
      }}
    />
  );
  return (
    <Group gap="xs">
      {field('from')}
      {field('to')}
      <Text size="xs" c="dimmed">
        <bdi dir="ltr">{t('timeline.utc')}</bdi>
      </Text>
      {range && (
        <Button size="compact-sm" variant="default" onClick={() => set(null)}>
          {t('timeline.whole')}
        </Button>
      )}
    </Group>
  );
}

const EARLIEST = '1970-01-01T00:00:00Z';
const LATEST = '2100-01-01T00:00:00Z';

const inUtc = (time: string) =>
  time
    .replace('T', ' ')
    .replace(/(\.\d{1,6})\d*Z$/, '$1Z')
    .replace(/Z$/, ' UTC');
