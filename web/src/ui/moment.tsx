/** Times: in the reader's language and zone, and exactly, in UTC, for whoever points at them; evidence shows UTC. */
import { useTranslation } from 'react-i18next';

/** The month is a word in every language: `dateStyle: 'medium'` writes 01/12 in Arabic, which others read as January. */
const DAY = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const TIME = { ...DAY, hour: 'numeric', minute: '2-digit' } as const;

export function Moment({ at, utc = false }: { readonly at: string; readonly utc?: boolean }) {
  const { i18n } = useTranslation();
  const date = new Date(at);
  if (utc)
    return (
      <time dateTime={at} className="mono" dir="ltr">
        {at.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC')}
      </time>
    );
  const words = new Intl.DateTimeFormat(i18n.language, TIME).format(date);
  return (
    <time dateTime={at} title={at}>
      {words}
    </time>
  );
}

export function Day({ at }: { readonly at: string }) {
  const { i18n } = useTranslation();
  const words = new Intl.DateTimeFormat(i18n.language, DAY).format(new Date(at));
  return (
    <time dateTime={at} title={at}>
      {words}
    </time>
  );
}
