/** When somebody works: the zone, hours by weekday, holidays. Of an expert and of the whole organisation. */
import { Checkbox, Group, Input, Select, Stack, TagsInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import {
  parseCalendar,
  WEEKDAYS,
  type Weekday,
  type WorkingCalendar,
} from '../../../src/desk/working-calendar.ts';
import { Field } from '../ui/form.tsx';

/** A Monday, for the names of the days. */
const A_MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;
const OFFICE: readonly [string, string] = ['09:00', '17:00'];

export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;
/** A browser may be in one, `UTC` for example, that it does not list. */
const LISTED_ZONES = Intl.supportedValuesOf('timeZone');

export function isSound(calendar: WorkingCalendar): boolean {
  try {
    parseCalendar(calendar);
    return true;
  } catch {
    return false;
  }
}

export function useDayNames(): (day: Weekday) => string {
  const { i18n } = useTranslation();
  const format = new Intl.DateTimeFormat(i18n.language, { weekday: 'long', timeZone: 'UTC' });
  return (day) => format.format(A_MONDAY + WEEKDAYS.indexOf(day) * DAY_MS);
}

export function WorkingHours(props: {
  readonly value: WorkingCalendar;
  readonly onChange: (calendar: WorkingCalendar) => void;
}) {
  const { value, onChange } = props;
  const { t } = useTranslation();
  const nameOf = useDayNames();
  const soundWith = (part: Partial<WorkingCalendar>) =>
    isSound({ timeZone: 'UTC', hours: { mon: OFFICE }, holidays: [], ...part });
  return (
    <>
      <Select
        label={t('expert.time-zone')}
        data={[...new Set([value.timeZone, HERE, ...LISTED_ZONES])]}
        value={value.timeZone}
        onChange={(timeZone) => timeZone && onChange({ ...value, timeZone })}
        searchable
      />
      <Input.Wrapper
        label={t('expert.days')}
        labelElement="div"
        error={
          Object.keys(value.hours).length === 0
            ? t('calendar.no-days')
            : !soundWith({ hours: value.hours }) && t('calendar.hours-fault')
        }
      >
        <Stack gap={6} my={4}>
          {WEEKDAYS.map((day) => (
            <DayHours
              key={day}
              name={nameOf(day)}
              hours={value.hours[day] ?? null}
              isSound={(hours) => soundWith({ hours: { [day]: hours } })}
              onChange={(hours) => {
                const { [day]: _before, ...others } = value.hours;
                onChange({ ...value, hours: hours === null ? others : { ...others, [day]: hours } });
              }}
            />
          ))}
        </Stack>
      </Input.Wrapper>
      <TagsInput
        label={t('expert.holidays')}
        description={t('expert.holidays-hint')}
        value={[...value.holidays]}
        onChange={(holidays) => onChange({ ...value, holidays })}
        splitChars={[',', ' ']}
        error={!soundWith({ holidays: value.holidays }) && t('calendar.holidays-fault')}
      />
    </>
  );
}

/** Times are written, not picked: no picker knows the midnight that ends a day, 24:00. */
function DayHours(props: {
  readonly name: string;
  readonly hours: readonly [string, string] | null;
  readonly isSound: (hours: readonly [string, string]) => boolean;
  readonly onChange: (hours: readonly [string, string] | null) => void;
}) {
  const { name, hours, onChange } = props;
  const { t } = useTranslation();
  const time = (which: 0 | 1) =>
    hours && (
      <Field
        aria-label={`${name}, ${t(which === 0 ? 'expert.from' : 'expert.until')}`}
        dir="ltr"
        w="4.75rem"
        size="xs"
        maxLength={5}
        value={hours[which]}
        onWrite={(text) => {
          const written = text.replace(/^\d:\d\d$/, '0$&');
          onChange(which === 0 ? [written, hours[1]] : [hours[0], written]);
        }}
        error={!props.isSound(hours)}
      />
    );
  return (
    <Group gap="xs" wrap="nowrap" mih={30}>
      <Checkbox
        size="sm"
        w="9rem"
        label={name}
        checked={hours !== null}
        onChange={({ currentTarget }) => onChange(currentTarget.checked ? OFFICE : null)}
      />
      {time(0)}
      {time(1)}
    </Group>
  );
}
