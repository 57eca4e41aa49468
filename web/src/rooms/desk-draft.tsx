/** Asking a peer for something: a draft stays here until its legal review. */
import { Group, NumberInput, Select, TagsInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, queries, reading } from '../api/client.ts';
import { Choose, Field, Form, LongField } from '../ui/form.tsx';
import { LanguagesInput } from './desk-expert-add.tsx';
import { CLEARANCES, PURPOSES } from './desk-words.ts';

const KINDS = ['expert', 'support', 'intelligence', 'tool', 'training'] as const;
const PRIORITIES = ['urgent', 'high', 'normal'] as const;
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
  const [skills, setSkills] = useState<string[]>([]);
  const [languages, setLanguages] = useState<string[]>([]);
  const [days, setDays] = useState<number | string>(1);
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
            amount: kind === 'expert' ? Number(days) : 1,
            skills: kind === 'expert' ? skills : [],
            languages: kind === 'expert' ? languages : [],
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
  return (
    <Form
      action={t('desk.draft')}
      sends={draft}
      isReady={peer !== null && subject.trim() !== '' && text.trim() !== ''}
    >
      <Select
        label={t('delivery.peer')}
        data={(peers.data?.peers ?? []).map(({ kid, name }) => ({ value: kid, label: name }))}
        value={peer}
        onChange={setPeer}
        data-autofocus
      />
      <Group grow align="flex-start">
        <Choose label={t('desk.kind')} family="desk.kind" words={KINDS} value={kind} onChoose={setKind} />
        <Choose
          label={t('desk.priority')}
          family="desk.priority"
          words={PRIORITIES}
          value={priority}
          onChoose={setPriority}
        />
      </Group>
      <Group grow align="flex-start">
        <Choose
          label={t('clause.purposes')}
          family="purpose"
          words={PURPOSES}
          value={purpose}
          onChoose={setPurpose}
        />
        <Select
          label={t('intelligence.handling')}
          data={LEVELS.map((level) => ({ value: level, label: `TLP:${level.toUpperCase()}` }))}
          value={tlp}
          onChange={(chosen) => chosen && setTlp(chosen)}
        />
      </Group>
      <Choose
        label={t('desk.clearance')}
        family="desk.clearance"
        words={CLEARANCES}
        value={clearance}
        onChoose={setClearance}
      />
      {kind === 'expert' && (
        <Group grow align="flex-start">
          <TagsInput
            label={t('desk.skills')}
            description={t('expert.tags-hint')}
            inputWrapperOrder={['label', 'input', 'description']}
            value={skills}
            onChange={setSkills}
            maxTags={30}
          />
          <LanguagesInput value={languages} onChange={setLanguages} />
          <NumberInput
            label={t('expert.days-asked')}
            value={days}
            onChange={setDays}
            min={1}
            max={366}
            allowDecimal={false}
          />
        </Group>
      )}
      <Field label={t('desk.subject')} value={subject} onWrite={setSubject} maxLength={200} />
      <LongField label={t('desk.text')} value={text} onWrite={setText} autosize minRows={4} />
    </Form>
  );
}
