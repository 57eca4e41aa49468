/** Reporting what came of a target. */
import { Alert, Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { ProblemNote } from '../ui/problem.tsx';
import { OUTCOMES, refresh } from './operation-words.ts';

/** Without `target`, its value is asked for. */
export function ReportOutcome({
  operation,
  target,
}: {
  readonly operation: string;
  readonly target?: string;
}) {
  const { t } = useTranslation();
  const [value, setValue] = useState('');
  const [kind, setKind] = useState<(typeof OUTCOMES)[number]>('taken-down');
  const [quantity, setQuantity] = useState('1');
  const [evidence, setEvidence] = useState('');
  const report = useMutation({
    mutationFn: () =>
      call('POST /operations/{operation}/outcomes', {
        params: { operation },
        body: {
          target: target ?? value.trim(),
          kind,
          quantity: Number(quantity),
          ...(evidence.trim() ? { evidence: evidence.trim() } : {}),
        },
      }),
    onSuccess: refresh,
  });
  return (
    <form
      className="decide"
      onSubmit={(event) => {
        event.preventDefault();
        report.mutate();
      }}
    >
      <Stack gap="sm">
        <Group align="flex-end" grow>
          {target === undefined && (
            <TextInput
              label={t('operation.target')}
              dir="ltr"
              value={value}
              onChange={(event) => setValue(event.currentTarget.value)}
            />
          )}
          <Select
            label={t('operation.what-came')}
            data={OUTCOMES.map((one) => ({ value: one, label: t(`outcome.${one}`) }))}
            value={kind}
            onChange={(chosen) => chosen && setKind(chosen as typeof kind)}
          />
          <TextInput
            type="number"
            label={t('operation.quantity')}
            min={0}
            max={1_000_000_000}
            value={quantity}
            onChange={(event) => setQuantity(event.currentTarget.value)}
          />
          <TextInput
            label={t('operation.evidence')}
            value={evidence}
            onChange={(event) => setEvidence(event.currentTarget.value)}
            maxLength={200}
          />
        </Group>
        <ProblemNote error={report.error} />
        {report.isSuccess && (
          <Alert color="teal" role="status">
            {t('operation.outcome-kept')}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button
            type="submit"
            variant="default"
            disabled={(target ?? value.trim()) === '' || quantity === ''}
            loading={report.isPending}
          >
            {t('operation.report-outcome')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
