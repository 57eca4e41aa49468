/** Somebody who can be sent: what they know, and when they work. The profile stays on this node. */
import { Group, MultiSelect, TagsInput, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DEFAULT_CALENDAR, type WorkingCalendar } from '../../../src/desk/working-calendar.ts';
import { call, queries, reading } from '../api/client.ts';
import { Choose, Field, Form } from '../ui/form.tsx';
import { CLEARANCES, type Clearance } from './desk-words.ts';
import { HERE, isSound, WorkingHours } from './desk-working-hours.tsx';

/** Offered; the roster takes any tag. */
const LANGUAGE_TAGS = [
  'ar',
  'de',
  'en',
  'es',
  'fa',
  'fr',
  'he',
  'it',
  'nl',
  'pl',
  'pt',
  'ro',
  'ru',
  'tr',
  'uk',
  'zh',
];

export function AddExpert({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [skills, setSkills] = useState<string[]>([]);
  const [languages, setLanguages] = useState<string[]>([]);
  const [clearance, setClearance] = useState<Clearance>('none');
  const [calendar, setCalendar] = useState<WorkingCalendar>({ ...DEFAULT_CALENDAR, timeZone: HERE });
  const [awayFrom, setAwayFrom] = useState('');
  const [awayUntil, setAwayUntil] = useState('');
  const add = useMutation({
    mutationFn: () =>
      call('POST /experts', {
        body: {
          name,
          skills,
          languages,
          clearance,
          calendar: { ...calendar },
          away:
            awayFrom && awayUntil ? [{ from: `${awayFrom}T00:00:00Z`, until: `${awayUntil}T23:59:59Z` }] : [],
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries(reading('GET /experts'));
      onDone();
    },
  });
  return (
    <Form action={t('expert.add')} sends={add} isReady={name.trim() !== '' && isSound(calendar)}>
      <Text size="sm" c="dimmed">
        {t('expert.stays')}
      </Text>
      <Field label={t('people.name')} value={name} onWrite={setName} maxLength={120} data-autofocus />
      <TagsInput
        label={t('desk.skills')}
        description={t('expert.tags-hint')}
        value={skills}
        onChange={setSkills}
        maxTags={100}
      />
      <Group grow align="flex-start">
        <LanguagesInput value={languages} onChange={setLanguages} />
        <Choose
          label={t('desk.clearance-held')}
          family="desk.clearance"
          words={CLEARANCES}
          value={clearance}
          onChoose={setClearance}
        />
      </Group>
      <WorkingHours value={calendar} onChange={setCalendar} />
      <Group grow>
        <Field type="date" label={t('expert.away-from')} value={awayFrom} onWrite={setAwayFrom} />
        <Field type="date" label={t('expert.away-until')} value={awayUntil} onWrite={setAwayUntil} />
      </Group>
    </Form>
  );
}

export function LanguagesInput(props: {
  readonly value: string[];
  readonly onChange: (tags: string[]) => void;
}) {
  const { t, i18n } = useTranslation();
  const name = new Intl.DisplayNames(i18n.language, { type: 'language' });
  return (
    <MultiSelect
      label={t('desk.languages')}
      data={LANGUAGE_TAGS.map((tag) => ({ value: tag, label: name.of(tag) ?? tag }))}
      value={props.value}
      onChange={props.onChange}
      searchable
    />
  );
}
