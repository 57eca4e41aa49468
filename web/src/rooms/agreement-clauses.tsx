/** What an agreement says, clause by clause, in the reader's language, from the document itself. */
import { Badge, SimpleGrid } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../ui/format.ts';
import { Mono } from '../ui/mono.tsx';
import { Facts, Panel } from '../ui/page.tsx';

/** As much of an agreement's document as is shown clause by clause; the rest stands in the text as it is. */
export interface Document {
  readonly parties: readonly {
    readonly id: string;
    readonly name: string;
    readonly kind: string;
    readonly signatories: readonly { readonly id: string; readonly name: string; readonly title: string }[];
  }[];
  readonly flows: readonly Flow[];
  readonly services?: readonly Service[];
}

interface Flow {
  readonly title: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly categories: readonly string[];
  readonly personalData: readonly string[];
  readonly tlp: string;
  readonly pap: string;
  readonly purposes: readonly string[];
  readonly retention: { readonly days: number; readonly reviewDays: number };
  readonly onward: { readonly mode: string };
  readonly evidenceUse: { readonly code: string };
}

interface Service {
  readonly title: string;
  readonly kind: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly quota?: { readonly amount: number; readonly unit: string; readonly per: string };
}

export function DocumentClauses({ document }: { readonly document: Document }) {
  const { t } = useTranslation();
  const nameOf = (party: string) => document.parties.find((one) => one.id === party)?.name ?? party;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      {document.flows.map((flow, i) => (
        <FlowPanel key={flow.title} flow={flow} path={`flows[${i}]`} nameOf={nameOf} />
      ))}
      {document.services?.map((service, i) => (
        <Panel key={service.title} title={<span dir="auto">{service.title}</span>}>
          <Mono>{`services[${i}]`}</Mono>
          <Facts
            facts={[
              [t('clause.direction'), <Direction key="d" clause={service} nameOf={nameOf} />],
              [t('clause.service'), t(`service.${service.kind}`, { defaultValue: service.kind })],
              ...(service.quota
                ? ([
                    [
                      t('clause.quota'),
                      t('clause.quota-words', {
                        amount: service.quota.amount,
                        unit: t(`unit.${service.quota.unit}`, {
                          count: service.quota.amount,
                          defaultValue: service.quota.unit,
                        }),
                        per: t(`per.${service.quota.per}`, { defaultValue: service.quota.per }),
                      }),
                    ],
                  ] as const)
                : []),
            ]}
          />
        </Panel>
      ))}
    </SimpleGrid>
  );
}

function Direction(props: {
  readonly clause: { readonly from: string; readonly to: readonly string[] };
  readonly nameOf: (party: string) => string;
}) {
  const { t } = useTranslation();
  return t('clause.from-to', {
    from: props.nameOf(props.clause.from),
    to: props.clause.to.map(props.nameOf).join(', '),
  });
}

function FlowPanel(props: {
  readonly flow: Flow;
  readonly path: string;
  readonly nameOf: (party: string) => string;
}) {
  const { t } = useTranslation();
  const { flow } = props;
  const format = useFormat();
  const list = (kind: string, words: readonly string[]): ReactNode =>
    format.list(words.map((word) => t(`${kind}.${word}`, { defaultValue: word })));
  return (
    <Panel
      title={<span dir="auto">{flow.title}</span>}
      actions={<Badge variant="outline">TLP:{flow.tlp.toUpperCase()}</Badge>}
    >
      <Mono>{props.path}</Mono>
      <Facts
        facts={[
          [t('clause.direction'), <Direction key="d" clause={flow} nameOf={props.nameOf} />],
          [t('clause.categories'), list('category', flow.categories)],
          [t('clause.personal-data'), list('personal', flow.personalData)],
          [t('clause.purposes'), list('purpose', flow.purposes)],
          [t('clause.pap'), flow.pap.toUpperCase()],
          [t('clause.onward'), t(`onward.${flow.onward.mode}`, { defaultValue: flow.onward.mode })],
          [t('clause.evidence'), flow.evidenceUse.code],
          [
            t('clause.retention'),
            t('clause.retention-words', { days: flow.retention.days, review: flow.retention.reviewDays }),
          ],
        ]}
      />
    </Panel>
  );
}
