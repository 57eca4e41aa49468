/** "What if we ended it, suspended it, or let less through?": what would change, and nothing is done. */
import { Badge, Button, Group, Select, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call } from '../api/client.ts';
import { useFormat } from '../ui/format.ts';
import { Moment } from '../ui/moment.tsx';
import { Empty, Panel, Scroll } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { Clauses, Verdict } from '../ui/verdict.tsx';

type Simulation = Answer<'POST /agreements/{id}/simulate'>;

const KINDS = ['suspend', 'end', 'amend'] as const;
const GROUNDS = ['convenience', 'breach', 'legal-obligation', 'security'] as const;
const LEVELS = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const;
/** Lines shown; the sums say all. */
const SHOWN = 200;

export function AgreementWhatIf(props: {
  readonly id: string;
  readonly flows: readonly { readonly title: string; readonly tlp: string }[];
}) {
  const { id, flows } = props;
  const { t } = useTranslation();
  const [kind, setKind] = useState<(typeof KINDS)[number]>('suspend');
  const [ground, setGround] = useState<(typeof GROUNDS)[number]>('convenience');
  const [flow, setFlow] = useState('0');
  const [tlp, setTlp] = useState<string>('green');
  const simulate = useMutation({
    mutationFn: () =>
      call('POST /agreements/{id}/simulate', {
        params: { id },
        body:
          kind === 'suspend'
            ? { kind }
            : kind === 'end'
              ? { kind, ground }
              : {
                  kind,
                  changes: { flows: flows.map((one, i) => (String(i) === flow ? { ...one, tlp } : one)) },
                },
      }),
  });
  return (
    <Stack>
      <Panel title={t('agreement.what-if')}>
        <Text size="sm" c="dimmed">
          {t('agreement.what-if-about')}
        </Text>
        <Group align="flex-end">
          <Select
            label={t('agreement.if')}
            data={KINDS.map((one) => ({ value: one, label: t(`agreement.if.${one}`) }))}
            value={kind}
            onChange={(value) => value && setKind(value as typeof kind)}
          />
          {kind === 'end' && (
            <Select
              label={t('agreement.ground')}
              data={GROUNDS.map((one) => ({ value: one, label: t(`agreement.ground.${one}`) }))}
              value={ground}
              onChange={(value) => value && setGround(value as typeof ground)}
            />
          )}
          {kind === 'amend' && (
            <>
              <Select
                label={t('agreement.flow')}
                data={flows.map((one, i) => ({ value: String(i), label: `flows[${i}] ${one.title}` }))}
                value={flow}
                onChange={(value) => value && setFlow(value)}
                w={320}
              />
              <Select
                label={t('intelligence.handling')}
                data={LEVELS.map((level) => ({ value: level, label: `TLP:${level.toUpperCase()}` }))}
                value={tlp}
                onChange={(value) => value && setTlp(value)}
              />
            </>
          )}
          <Button onClick={() => simulate.mutate()} loading={simulate.isPending}>
            {t('agreement.simulate')}
          </Button>
        </Group>
        <ProblemNote error={simulate.error} />
      </Panel>
      {simulate.data && <Result simulation={simulate.data} />}
    </Stack>
  );
}

function Result({ simulation }: { readonly simulation: Simulation }) {
  const { t } = useTranslation();
  const { count } = useFormat();
  const totals = Object.entries(simulation.totals) as [
    string,
    Record<'same' | 'lost' | 'gained' | 'ask', number>,
  ][];
  return (
    <Stack role="status">
      <Text size="sm">
        {t('agreement.asked-for')} <Moment at={simulation.at} />
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {totals.map(([kind, { same, lost, gained, ask }]) => (
          <Panel key={kind} title={t(`agreement.thing.${kind}`, { defaultValue: kind })}>
            <Group gap="xs">
              <Badge variant="light" color="red">
                {t('agreement.lost', { count: lost })}
              </Badge>
              <Badge variant="light" color="teal">
                {t('agreement.gained', { count: gained })}
              </Badge>
              <Badge variant="light" color="yellow">
                {t('agreement.to-ask', { count: ask })}
              </Badge>
              <Badge variant="light" color="gray">
                {t('agreement.same', { count: same })}
              </Badge>
            </Group>
          </Panel>
        ))}
      </SimpleGrid>
      {simulation.changes.length === 0 ? (
        <Empty words={t('agreement.nothing-changes')} />
      ) : (
        <Panel title={t('agreement.would-change')}>
          <Scroll>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('agreement.class')}</Table.Th>
                  <Table.Th>{t('agreement.objects')}</Table.Th>
                  <Table.Th>{t('agreement.before')}</Table.Th>
                  <Table.Th>{t('agreement.after')}</Table.Th>
                  <Table.Th>{t('agreement.decided-by')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {simulation.changes.slice(0, SHOWN).map(({ item, before, after }) => (
                  <Table.Tr key={`${item.kind} ${item.label}`}>
                    <Table.Td>
                      {t(`agreement.thing.${item.kind}`, { defaultValue: item.kind })}{' '}
                      <bdi dir="auto">{item.label}</bdi>
                    </Table.Td>
                    <Table.Td className="number">{count(item.count)}</Table.Td>
                    <Table.Td>
                      <Verdict verdict={before.verdict} />
                    </Table.Td>
                    <Table.Td>
                      <Verdict verdict={after.verdict} />
                    </Table.Td>
                    <Table.Td>
                      <Clauses clauses={after.clauses} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        </Panel>
      )}
    </Stack>
  );
}
