/** Numbers, shares and dates as a reader of the language writes them (ICU), with Latin digits, which a scan or a fax keeps apart from each other. */
import type { Language } from '../operations.ts';

const localeOf = (language: Language): string => (language === 'ar' ? 'ar-u-nu-latn-ca-gregory' : language);

export const writeCount = (count: number, language: Language): string =>
  new Intl.NumberFormat(localeOf(language), { useGrouping: true }).format(count);

export const writePercent = (percent: number, language: Language): string =>
  new Intl.NumberFormat(localeOf(language), { style: 'percent' }).format(percent / 100);

export const writeDay = (instant: string, language: Language): string =>
  new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeZone: 'UTC' }).format(
    new Date(instant),
  );

/** With the zone named, as evidence times are in UTC everywhere. */
export const writeMoment = (instant: string, language: Language): string =>
  `${new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(new Date(instant))} UTC`;
