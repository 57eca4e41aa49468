/** Running a tool over the evidence: reading its events, keeping its observables, looking for what rules describe. */
import { Radio, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, queries, reading } from '../api/client.ts';
import { Drop } from '../ui/drop.tsx';
import { PurposeForm, type Said } from './purpose-form.tsx';

const TOOLS = ['timeline', 'parse', 'patterns', 'sigma', 'yara', 'observables'] as const;
type Tool = (typeof TOOLS)[number];

export function Examine({ caseId, onBegun }: { readonly caseId: string; readonly onBegun: () => void }) {
  const { t } = useTranslation();
  const [tool, setTool] = useState<Tool>('timeline');
  const [rules, setRules] = useState<readonly File[]>([]);
  const needsRules = tool === 'sigma' || tool === 'yara';
  const begin = useMutation({
    mutationFn: async (said: Said) =>
      call('POST /cases/{id}/examinations', {
        params: { id: caseId },
        body: {
          ...said,
          tool,
          ...(needsRules
            ? {
                rules: await Promise.all(
                  rules.map(async (file) => ({ path: file.name, text: await file.text() })),
                ),
              }
            : {}),
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries(reading('GET /work'));
      onBegun();
    },
  });
  return (
    <Stack>
      <Radio.Group label={t('case.tool')} value={tool} onChange={(value) => setTool(value as Tool)}>
        <Stack gap="xs" mt="xs">
          {TOOLS.map((one) => (
            <Radio
              key={one}
              value={one}
              label={t(`case.tool.${one}`)}
              description={t(`case.tool-means.${one}`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      {needsRules && (
        <>
          <Drop words={t('case.drop-rules')} onFiles={(files) => setRules([...files])} />
          <Text size="sm" role="status">
            {t('case.rules-chosen', { count: rules.length })}
          </Text>
        </>
      )}
      <PurposeForm
        suggested={t(`case.tool-purpose.${tool}`)}
        key={tool}
        action={t('case.examine-now')}
        sends={begin}
        isReady={!needsRules || rules.length > 0}
      />
    </Stack>
  );
}
