/** Asking a peer for something: a draft stays here until its legal review. */
import { Button, Group, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, queries, reading } from '../api/client.ts';
import { ProblemNote } from '../ui/problem.tsx';

const KINDS = ['expert', 'support', 'intelligence', 'tool', 'training'] as const;
const PRIORITIES = ['urgent', 'high', 'normal'] as const;
const PURPOSES = ['investigation', 'crime-prevention', 'network-defence', 'prosecution', 'training'] as const;
const CLEARANCES = ['none', 'restricted', 'confidential', 'secret', 'top-secret'] as const;
const LEVELS = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const;

export function DraftRequest({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation();
  const peers = useQuery(reading('GET /peers'));
  const [peer, setPeer] = useState<string | null>(null);
  const [kind, setKind] = useState<string>('expert');
  const [priority, setPriority] = useState<string>('normal');
  const [purpose, setPurpose] = useState<string>('investigation');
  const [tlp, setTlp] = useState<string>('amber');
  const [clearance, setClearance] = useState<string>('none');
  const [subject, setSubject] = useState('');
  const [text, setText] = useState('');
  const draft = useMutation({
    mutationFn: () =>
      call('POST /requests', {
        body: {
          peer: peer!,
          ask: {
            kind,
            subject,
            text,
            priority,
            purpose,
            marking: { tlp, pap: 'amber' },
            amount: 1,
            skills: [],
            languages: [],
            clearance,
            attachments: [],
            ...(kind === 'training' ? { level: 'practitioner' } : {}),
          },
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({
        predicate: ({ queryKey }) => String(queryKey[0]).includes('/requests'),
      });
      onDone();
    },
  });
  const select = (
    label: string,
    family: string,
    words: readonly string[],
    value: string,
    set: (value: string) => void,
  ) => (
    <Select
      label={label}
      data={words.map((word) => ({ value: word, label: t(`${family}.${word}`) }))}
      value={value}
      onChange={(chosen) => chosen && set(chosen)}
    />
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        draft.mutate();
      }}
    >
      <Stack>
        <Select
          label={t('delivery.peer')}
          data={(peers.data?.peers ?? []).map(({ kid, name }) => ({ value: kid, label: name }))}
          value={peer}
          onChange={setPeer}
          data-autofocus
        />
        <Group grow align="flex-start">
          {select(t('desk.kind'), 'desk.kind', KINDS, kind, setKind)}
          {select(t('desk.priority'), 'desk.priority', PRIORITIES, priority, setPriority)}
        </Group>
        <Group grow align="flex-start">
          {select(t('clause.purposes'), 'purpose', PURPOSES, purpose, setPurpose)}
          <Select
            label={t('intelligence.handling')}
            data={LEVELS.map((level) => ({ value: level, label: `TLP:${level.toUpperCase()}` }))}
            value={tlp}
            onChange={(chosen) => chosen && setTlp(chosen)}
          />
        </Group>
        {select(t('desk.clearance'), 'desk.clearance', CLEARANCES, clearance, setClearance)}
        <TextInput
          label={t('desk.subject')}
          value={subject}
          onChange={(event) => setSubject(event.currentTarget.value)}
          maxLength={200}
        />
        <Textarea
          label={t('desk.text')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          autosize
          minRows={4}
        />
        <ProblemNote error={draft.error} />
        <Button type="submit" disabled={!peer || !subject.trim() || !text.trim()} loading={draft.isPending}>
          {t('desk.draft')}
        </Button>
      </Stack>
    </form>
  );
}
