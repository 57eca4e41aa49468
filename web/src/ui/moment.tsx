/** Times: in the reader's language and zone, and exactly, in UTC, for whoever points at them; evidence shows UTC. */
import { useTranslation } from 'react-i18next';

/** The month is a word in every language: `dateStyle: 'medium'` writes 01/12 in Arabic, which others read as January. */
const DAY = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const TIME = { ...DAY, hour: 'numeric', minute: '2-digit' } as const;

/** Making a formatter takes longer than drawing the row that it is for. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function written(language: string, form: typeof DAY | typeof TIME, date: Date): string {
  const key = `${language} ${form === DAY ? 'day' : 'time'}`;
  let formatter = formatters.get(key);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat(language, form);
    formatters.set(key, formatter);
  }
  return formatter.format(date);
}

export function Moment({ at, utc = false }: { readonly at: string; readonly utc?: boolean }) {
  const { i18n } = useTranslation();
  if (utc)
    return (
      <time dateTime={at} className="mono" dir="ltr">
        {at.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC')}
      </time>
    );
  return (
    <time dateTime={at} title={at}>
      {written(i18n.language, TIME, new Date(at))}
    </time>
  );
}

export function Day({ at }: { readonly at: string }) {
  const { i18n } = useTranslation();
  return (
    <time dateTime={at} title={at}>
      {written(i18n.language, DAY, new Date(at))}
    </time>
  );
}
