/** One target: who said what with which grading, why it is placed where it is, what persons decided, and a decision with its reason. */
import { Alert, Button, Group, Progress, Select, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, reading } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { Country, useCountryName } from '../ui/country.tsx';
import { LongField } from '../ui/form.tsx';
import { Moment } from '../ui/moment.tsx';
import { Mono } from '../ui/mono.tsx';
import { Facts } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { Mark, Waits } from './operation-marks.tsx';
import { ReportOutcome } from './operation-report-outcome.tsx';
import { type Board, MARKS, refresh, type Target, useNames } from './operation-words.ts';

export function TargetView(props: {
  readonly board: Board;
  readonly id: string;
  /** What is asked for first: a country to route to. */
  readonly routeTo?: string | null;
}) {
  const { board, id } = props;
  const { t } = useTranslation();
  const may = useMay();
  const nameOf = useNames();
  const operation = board.operation.id;
  const { data, error, refetch } = useQuery(
    reading('GET /operations/{operation}/targets/{target}', { params: { operation, target: id } }),
  );
  if (error) return <ProblemNote error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton h={200} />;
  const { target, decisions } = data;
  const isOpen = board.operation.state === 'open';
  const own = target.contributions.find((one) => one.peer === '' && one.withdrawnAt === null);
  return (
    <Stack>
      <Facts
        facts={[
          [t('operation.target'), <Mono key="v">{target.value}</Mono>],
          [
            t('operation.mark'),
            <Group key="m" gap="xs">
              <Mark mark={target.mark} />
              <Waits target={target} />
            </Group>,
          ],
          [
            t('operation.country'),
            target.country ? <Country key="c" code={target.country} /> : t('operation.nowhere'),
          ],
        ]}
      />
      <Grounds target={target} />
      <Table.ScrollContainer minWidth={560}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('intelligence.contributor')}</Table.Th>
              <Table.Th>{t('operation.grading')}</Table.Th>
              <Table.Th>{t('operation.mark')}</Table.Th>
              <Table.Th>{t('operation.threat')}</Table.Th>
              <Table.Th>{t('operation.seen')}</Table.Th>
              <Table.Th>{t('operation.note')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {target.contributions.map((one) => (
              <Table.Tr
                key={`${one.peer} ${one.at}`}
                style={one.withdrawnAt ? { textDecoration: 'line-through' } : {}}
              >
                <Table.Td>
                  <bdi>{nameOf(one.peer)}</bdi>
                </Table.Td>
                <Table.Td
                  title={`${t(`grade.source.${one.source}`)} · ${t(`grade.information.${one.information}`)}`}
                >
                  <span className="grade">
                    {one.source}
                    {one.information}
                  </span>
                </Table.Td>
                <Table.Td>{t(`operation.mark.${one.mark}`)}</Table.Td>
                <Table.Td>
                  <bdi>{one.threat}</bdi>
                </Table.Td>
                <Table.Td>{one.seenAt && <Moment at={one.seenAt} utc />}</Table.Td>
                <Table.Td>
                  <bdi dir="auto">{one.note}</bdi>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {decisions.length > 0 && (
        <ol className="chain" aria-label={t('operation.decisions')}>
          {decisions.map((one) => (
            <li key={`${one.at} ${one.kind}`}>
              <Text size="sm" fw={600}>
                {t(`operation.decision.${one.kind}`)}
                {one.becomes && (
                  <>
                    {': '}
                    <bdi>{one.kind === 'mark' ? t(`operation.mark.${one.becomes}`) : one.becomes}</bdi>
                  </>
                )}
              </Text>
              <Text size="sm" dir="auto">
                {one.reason}
              </Text>
              <Text size="xs" c="dimmed">
                <bdi>{one.person}</bdi> · <Moment at={one.at} />
              </Text>
            </li>
          ))}
        </ol>
      )}
      {isOpen && may('POST /operations/{operation}/targets/{target}/decisions') && (
        <Decide board={board} target={target} routeTo={props.routeTo ?? null} />
      )}
      {may('POST /operations/{operation}/outcomes') && board.operation.state !== 'left' && (
        <ReportOutcome operation={operation} target={target.id} />
      )}
      {own && isOpen && may('POST /operations/{operation}/targets/{target}/withdrawal') && (
        <Withdraw operation={operation} target={target.id} />
      )}
    </Stack>
  );
}

/** Every country that something names, how sure, and who or what says so. */
function Grounds({ target }: { readonly target: Target }) {
  const { t } = useTranslation();
  const countryName = useCountryName();
  const candidates = target.placement?.candidates ?? [];
  if (candidates.length === 0 && (target.placement?.notes.length ?? 0) === 0) return null;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        {t('operation.grounds')}
      </Text>
      {candidates.map((one) => (
        <div key={one.country}>
          <Group gap="sm" wrap="nowrap">
            <Text size="sm" w={170} truncate>
              <Country code={one.country} />
            </Text>
            <Progress
              value={one.confidence}
              style={{ flex: 1 }}
              aria-label={`${countryName(one.country)} ${one.confidence} %`}
            />
            <Text size="sm" w={48} ta="end">
              {t('operation.percent', { value: one.confidence })}
            </Text>
          </Group>
          <Text size="xs" c="dimmed">
            {one.grounds.map((ground, i) => (
              <span key={`${ground.reason} ${ground.from}`}>
                {i > 0 && ' · '}
                {t(`operation.ground.${ground.reason}`, { defaultValue: ground.reason })}{' '}
                <bdi dir="ltr">{ground.from}</bdi>
              </span>
            ))}
          </Text>
        </div>
      ))}
      {target.placement?.notes.map((note) => (
        <Text size="sm" key={note} dir="auto">
          {note}
        </Text>
      ))}
    </Stack>
  );
}

type Kind = 'route' | 'hold' | 'release' | 'mark';

function Decide({
  board,
  target,
  routeTo,
}: {
  readonly board: Board;
  readonly target: Target;
  readonly routeTo: string | null;
}) {
  const { t } = useTranslation();
  const countryName = useCountryName();
  const isHeld = target.decision === 'hold';
  const kinds: Kind[] = [
    ...(board.operation.leads ? (['route', isHeld ? 'release' : 'hold'] as const) : []),
    'mark',
  ];
  const [kind, setKind] = useState<Kind>(kinds[0]!);
  const [country, setCountry] = useState(routeTo ?? target.placement?.candidates[0]?.country ?? '');
  const [mark, setMark] = useState<string>(target.mark);
  const [reason, setReason] = useState('');
  const becomes = kind === 'route' ? country : kind === 'mark' ? mark : undefined;
  const decide = useMutation({
    mutationFn: () =>
      call('POST /operations/{operation}/targets/{target}/decisions', {
        params: { operation: board.operation.id, target: target.id },
        body: { kind, reason, ...(becomes === undefined ? {} : { becomes }) },
      }),
    onSuccess: async () => {
      setReason('');
      await refresh();
    },
  });
  return (
    <form
      className="decide"
      onSubmit={(event) => {
        event.preventDefault();
        decide.mutate();
      }}
    >
      <Stack gap="sm">
        <Group align="flex-start" grow>
          <Select
            label={t('operation.decide')}
            data={kinds.map((one) => ({ value: one, label: t(`operation.decision.${one}`) }))}
            value={kind}
            onChange={(chosen) => chosen && setKind(chosen as Kind)}
          />
          {kind === 'route' && (
            <Select
              label={t('operation.country')}
              searchable
              data={countries(countryName)}
              value={country || null}
              onChange={(chosen) => chosen && setCountry(chosen)}
            />
          )}
          {kind === 'mark' && (
            <Select
              label={t('operation.mark')}
              data={MARKS.map((one) => ({ value: one, label: t(`operation.mark.${one}`) }))}
              value={mark}
              onChange={(chosen) => chosen && setMark(chosen)}
            />
          )}
        </Group>
        <LongField
          label={t('operation.reason')}
          description={t('operation.reason-hint')}
          value={reason}
          onWrite={setReason}
          maxLength={1000}
          autosize
          minRows={2}
        />
        <ProblemNote error={decide.error} />
        {decide.isSuccess && (
          <Alert color="teal" role="status">
            {t('operation.decision-kept')}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button
            type="submit"
            disabled={reason.trim() === '' || (kind === 'route' && country === '')}
            loading={decide.isPending}
          >
            {t('operation.decide-now')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Every country that the reader's browser knows a name of. */
function countries(nameOf: (code: string) => string): { value: string; label: string }[] {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  return letters
    .flatMap((a) => letters.map((b) => a + b))
    .map((code) => ({ code, name: nameOf(code) }))
    .filter(({ code, name }) => name !== code && !NO_COUNTRIES.includes(code))
    .map(({ code, name }) => ({ value: code, label: `${name} (${code})` }))
    .sort((a, b) => a.label.localeCompare(b.label));
}

/** Codes that the browser names and that are no country of ISO 3166-1; the node refuses them. */
const NO_COUNTRIES =
  'AC,AN,BU,CP,CQ,CS,CT,DD,DG,DY,EA,EU,EZ,FQ,FX,HV,IC,JT,MI,NH,NQ,NT,PC,PU,PZ,QO,RH,SU,TA,TP,UK,UN,VD,WK,XA,XB,XK,YD,YU,ZR,ZZ'.split(
    ',',
  );

function Withdraw({ operation, target }: { readonly operation: string; readonly target: string }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const withdraw = useMutation({
    mutationFn: () =>
      call('POST /operations/{operation}/targets/{target}/withdrawal', {
        params: { operation, target },
        body: { reason },
      }),
    onSuccess: refresh,
  });
  return (
    <details>
      <summary>{t('operation.withdraw')}</summary>
      <Stack gap="sm" mt="sm">
        <Text size="sm">{t('operation.withdraw-means')}</Text>
        <LongField
          label={t('operation.reason')}
          value={reason}
          onWrite={setReason}
          maxLength={1000}
          autosize
        />
        <ProblemNote error={withdraw.error} />
        <Group justify="flex-end">
          <Button
            color="red"
            variant="light"
            disabled={reason.trim() === ''}
            onClick={() => withdraw.mutate()}
            loading={withdraw.isPending}
          >
            {t('operation.withdraw')}
          </Button>
        </Group>
      </Stack>
    </details>
  );
}
