/** What a peer offers now, before anything is fetched: one of it can be chosen, or all that is new. */
import { Radio, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { reading } from '../api/client.ts';
import { useFormat } from '../ui/format.ts';
import { Mono } from '../ui/mono.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import type { Purpose } from './desk-words.ts';

/** `value` is the tool's name; empty for all. */
export function ToolOffers(props: {
  readonly peer: string;
  readonly purpose: Purpose;
  readonly value: string;
  readonly onChange: (tool: string) => void;
}) {
  const { t } = useTranslation();
  const { bytes } = useFormat();
  const { peer, purpose } = props;
  const { data, error, refetch } = useQuery({
    ...reading('GET /tools/offers', { query: { peer, purpose } }),
    retry: false,
  });
  if (error) return <ProblemNote error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton h={80} />;
  if (data.offers.length === 0) return <Text size="sm">{t('tool.no-offers')}</Text>;
  return (
    <Radio.Group label={t('tool.offers')} value={props.value} onChange={props.onChange}>
      <Stack gap="xs" mt={4}>
        <Radio value="" label={t('tool.offers-all')} />
        {data.offers.map((one) => (
          <Radio
            key={`${one.tool} ${one.version}`}
            value={one.tool}
            disabled={one.isHeld || one.whyNot !== null}
            label={
              <>
                <bdi>{one.title}</bdi> <Mono>{one.version}</Mono>
              </>
            }
            description={
              <>
                {t(`tool.kind.${one.kind}`, { defaultValue: one.kind })} · <Mono>{one.licence}</Mono> ·{' '}
                <bdi>{bytes(one.sizeBytes)}</bdi>
                {one.isHeld && <> · {t('tool.held-here')}</>}
                {one.whyNot !== null && (
                  <>
                    {' '}
                    · <bdi dir="auto">{one.whyNot}</bdi>
                  </>
                )}
              </>
            }
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}
