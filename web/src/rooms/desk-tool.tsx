/** One tool: what it says of itself, who fetched and who accepted it, and what I may do with it. */
import {
  Alert,
  Button,
  Group,
  MultiSelect,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { useBegun, WorkLine } from '../shell/work-menu.tsx';
import { Choose, EndForm, Field, Form } from '../ui/form.tsx';
import { useFormat } from '../ui/format.ts';
import { Moment } from '../ui/moment.tsx';
import { Mono } from '../ui/mono.tsx';
import { Facts } from '../ui/page.tsx';
import { PURPOSES, type Purpose } from './desk-words.ts';

type Tool = Answer<'GET /tools'>['tools'][number];
type Act = 'accept' | 'run' | 'retire';

const SEATS_MAX = 10_000;

export function ToolView({ tool, from }: { readonly tool: Tool; readonly from: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const [act, setAct] = useState<Act | null>(null);
  const { accepted, retired } = tool;
  const acts = [
    ...(tool.state === 'fetched' && may('POST /tools/{id}/acceptance') ? (['accept'] as const) : []),
    ...(tool.state === 'accepted' && may('POST /tools/{id}/runs') ? (['run'] as const) : []),
    ...(tool.state !== 'retired' && may('POST /tools/{id}/retirement') ? (['retire'] as const) : []),
  ];
  return (
    <Stack>
      <Text size="sm" dir="auto">
        {tool.description}
      </Text>
      <Facts
        facts={[
          ['SHA-256', <Mono key="d">{tool.sha256}</Mono>],
          [t('desk.kind'), t(`tool.kind.${tool.kind}`)],
          [t('tool.version'), <Mono key="v">{`${tool.tool} ${tool.version}`}</Mono>],
          [t('tool.author'), <bdi key="a">{tool.author}</bdi>],
          [t('tool.licence'), <Mono key="l">{tool.licence}</Mono>],
          [t('tool.from'), <bdi key="f">{from}</bdi>],
          [t('tool.fetched-by'), <Signed key="b" {...tool.fetched} />],
          ...(accepted
            ? ([
                [t('tool.accepted-by'), <Signed key="c" {...accepted} />],
                [
                  t('tool.for'),
                  `${t(`purpose.${accepted.purpose}`, { defaultValue: accepted.purpose })} · ${t('tool.seats-taken', { count: accepted.seats })}`,
                ],
                ...(accepted.clause === null
                  ? []
                  : ([[t('finding.clause'), <Mono key="e">{accepted.clause}</Mono>]] as const)),
                [t('tool.self-tests'), <SelfTests key="s" names={accepted.selfTests} />],
              ] as const)
            : []),
          ...(retired
            ? ([
                [t('tool.retired-by'), <Signed key="r" {...retired} />],
                [t('operation.reason'), <bdi key="w">{retired.reason}</bdi>],
              ] as const)
            : []),
        ]}
      />
      {tool.parameters.length > 0 && (
        <Facts
          facts={tool.parameters.map(({ name, description, required }) => {
            const words = required ? `${description} (${t('tool.required')})` : description;
            return [name, words];
          })}
        />
      )}
      {tool.state === 'fetched' && (
        <Alert color="yellow" title={t('tool.state.fetched')}>
          {t('tool.second-person')}
        </Alert>
      )}
      <Group>
        {acts.map((one) => (
          <Button
            key={one}
            {...(one === 'retire' ? { variant: 'outline', color: 'red' } : {})}
            aria-expanded={act === one}
            onClick={() => setAct(act === one ? null : one)}
          >
            {t(`tool.act.${one}`)}
          </Button>
        ))}
      </Group>
      {act === 'accept' && <Accept tool={tool} />}
      {act === 'run' && <Run tool={tool} />}
      {act === 'retire' && <Retire tool={tool} />}
    </Stack>
  );
}

function Signed({ by, at }: { readonly by: string; readonly at: string }) {
  return (
    <>
      <bdi>{by}</bdi> · <Moment at={at} />
    </>
  );
}

function SelfTests({ names }: { readonly names: readonly string[] }) {
  const { t } = useTranslation();
  const { list } = useFormat();
  return (
    <>
      {t('tool.held', { count: names.length })} {list(names)}
    </>
  );
}

const refresh = () => queries.invalidateQueries(reading('GET /tools'));

/** Its self-tests run here first; a person who fetched it is refused by the node. */
function Accept({ tool }: { readonly tool: Tool }) {
  const { t } = useTranslation();
  const [purpose, setPurpose] = useState<Purpose>('investigation');
  const [seats, setSeats] = useState<number | string>(1);
  const accept = useMutation({
    mutationFn: () =>
      call('POST /tools/{id}/acceptance', {
        params: { id: tool.id },
        body: { purpose, seats: Number(seats) },
      }),
    onSuccess: () => queries.invalidateQueries(reading('GET /work')),
  });
  const mine = useBegun(accept.data);
  useEffect(() => {
    if (mine?.state === 'done') void refresh();
  }, [mine?.state]);
  return (
    <Stack>
      <Form
        action={t('tool.accept-now')}
        sends={accept}
        isReady={Number(seats) >= 1 && mine?.state !== 'running'}
      >
        <Text size="sm" c="dimmed">
          {t('tool.accept-means')}
        </Text>
        <Group grow align="flex-start">
          <Choose
            label={t('clause.purposes')}
            family="purpose"
            words={PURPOSES}
            value={purpose}
            onChoose={setPurpose}
          />
          <NumberInput
            label={t('tool.seats')}
            value={seats}
            onChange={setSeats}
            min={1}
            max={SEATS_MAX}
            allowDecimal={false}
          />
        </Group>
      </Form>
      {mine && <WorkLine work={mine} />}
    </Stack>
  );
}

interface RunResult {
  readonly case: string;
  readonly findings: number;
  readonly derived: readonly { readonly number: number; readonly name: string }[];
}

/** Over exhibits of a case; without a choice, over all of its evidence. What it makes becomes an exhibit that names its parent. */
function Run({ tool }: { readonly tool: Tool }) {
  const { t } = useTranslation();
  const cases = useQuery(reading('GET /cases'));
  const [file, setFile] = useState<string | null>(null);
  const opened = useQuery({
    ...reading('GET /cases/{id}', { params: { id: file ?? '' } }),
    enabled: file !== null,
  });
  const [exhibits, setExhibits] = useState<string[]>([]);
  const [parameters, setParameters] = useState<Readonly<Record<string, string>>>({});
  const [purpose, setPurpose] = useState(t('tool.run-purpose'));
  const run = useMutation({
    mutationFn: () =>
      call('POST /tools/{id}/runs', {
        params: { id: tool.id },
        body: {
          case: file!,
          purpose,
          parameters,
          ...(exhibits.length > 0 ? { exhibits: exhibits.map(Number) } : {}),
        },
      }),
    onSuccess: () => queries.invalidateQueries(reading('GET /work')),
  });
  const mine = useBegun(run.data);
  const result = mine?.result as RunResult | null | undefined;
  const lacking = tool.parameters.some(({ name, required }) => required && !parameters[name]?.trim());
  return (
    <Stack>
      <Form
        action={t('tool.run-now')}
        sends={run}
        isReady={file !== null && purpose.trim() !== '' && !lacking && mine?.state !== 'running'}
      >
        <Select
          label={t('tool.case')}
          data={(cases.data?.cases ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          value={file}
          onChange={(chosen) => {
            setFile(chosen);
            setExhibits([]);
          }}
          searchable
        />
        <MultiSelect
          label={t('desk.seat-exhibits')}
          description={t('tool.all-evidence')}
          data={(opened.data?.exhibits ?? [])
            .filter(({ disposedAt }) => disposedAt === null)
            .map(({ number, name }) => ({ value: String(number), label: `${number} · ${name}` }))}
          value={exhibits}
          onChange={setExhibits}
          disabled={file === null}
          searchable
        />
        {tool.parameters.map(({ name, description, required }) => (
          <TextInput
            key={name}
            label={<Mono>{name}</Mono>}
            aria-label={name}
            description={<bdi dir="auto">{description}</bdi>}
            required={required}
            value={parameters[name] ?? ''}
            onChange={(event) => setParameters({ ...parameters, [name]: event.currentTarget.value })}
            maxLength={4_000}
            dir="ltr"
          />
        ))}
        <Field
          label={t('said.purpose')}
          description={t('said.purpose-hint')}
          value={purpose}
          onWrite={setPurpose}
          maxLength={500}
        />
      </Form>
      {mine && <WorkLine work={mine} />}
      {result && (
        <Alert color="teal" role="status">
          <Text size="sm">
            {t('run.findings', { count: result.findings })} ·{' '}
            {t('tool.derived', { count: result.derived.length })}
          </Text>
          {result.derived.map(({ number, name }) => (
            <Text size="sm" key={number}>
              {number} · <bdi>{name}</bdi>
            </Text>
          ))}
          <Link className="link" to="/cases/$id/$part" params={{ id: result.case, part: 'runs' }}>
            {t('tool.see-run')}
          </Link>
        </Alert>
      )}
    </Stack>
  );
}

function Retire({ tool }: { readonly tool: Tool }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const retire = useMutation({
    mutationFn: () => call('POST /tools/{id}/retirement', { params: { id: tool.id }, body: { reason } }),
    onSuccess: refresh,
  });
  return (
    <EndForm
      means={t('tool.retire-means')}
      action={t('tool.act.retire')}
      reason={reason}
      onReason={setReason}
      sends={retire}
    />
  );
}
