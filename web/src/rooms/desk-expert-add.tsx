/** Somebody who can be sent: what they know, and when they work. The profile stays on this node. */
import { Chip, Group, Input, MultiSelect, Select, TagsInput, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, queries, reading } from '../api/client.ts';
import { Choose, Field, Form } from '../ui/form.tsx';
import { CLEARANCES, type Clearance } from './desk-words.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
/** A Monday, for the names of the days. */
const A_MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;
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

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;
/** A browser may be in one, `UTC` for example, that it does not list. */
const TIME_ZONES = [...new Set([HERE, ...Intl.supportedValuesOf('timeZone')])];

export function AddExpert({ onDone }: { readonly onDone: () => void }) {
  const { t, i18n } = useTranslation();
  const [name, setName] = useState('');
  const [skills, setSkills] = useState<string[]>([]);
  const [languages, setLanguages] = useState<string[]>([]);
  const [clearance, setClearance] = useState<Clearance>('none');
  const [timeZone, setTimeZone] = useState(HERE);
  const [days, setDays] = useState<string[]>(DAYS.slice(0, 5));
  const [from, setFrom] = useState('09:00');
  const [until, setUntil] = useState('17:00');
  const [holidays, setHolidays] = useState<string[]>([]);
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
          calendar: {
            timeZone,
            hours: Object.fromEntries(days.map((day) => [day, [from, until]])),
            holidays,
          },
          away:
            awayFrom && awayUntil ? [{ from: `${awayFrom}T00:00:00Z`, until: `${awayUntil}T23:59:59Z` }] : [],
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries(reading('GET /experts'));
      onDone();
    },
  });
  const dayName = new Intl.DateTimeFormat(i18n.language, { weekday: 'short', timeZone: 'UTC' });
  return (
    <Form action={t('expert.add')} sends={add} isReady={name.trim() !== '' && days.length > 0}>
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
      <Select
        label={t('expert.time-zone')}
        data={TIME_ZONES}
        value={timeZone}
        onChange={(chosen) => chosen && setTimeZone(chosen)}
        searchable
      />
      <Input.Wrapper label={t('expert.days')} labelElement="div">
        <Chip.Group multiple value={days} onChange={setDays}>
          <Group gap="xs" mt={4}>
            {DAYS.map((day, i) => (
              <Chip key={day} value={day} size="xs">
                {dayName.format(A_MONDAY + i * DAY_MS)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </Input.Wrapper>
      <Group grow>
        <Field type="time" label={t('expert.from')} value={from} onWrite={setFrom} />
        <Field type="time" label={t('expert.until')} value={until} onWrite={setUntil} />
      </Group>
      <TagsInput
        label={t('expert.holidays')}
        description={t('expert.holidays-hint')}
        value={holidays}
        onChange={setHolidays}
        splitChars={[',', ' ']}
      />
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
