/** Numbers and sizes in the reader's language. */
import { useTranslation } from 'react-i18next';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

export function useFormat() {
  const { language } = useTranslation().i18n;
  return {
    count: (value: number) => new Intl.NumberFormat(language).format(value),
    /** Each word keeps its own direction (UAX #9, isolates): "malware" inside an Arabic list stays where it belongs. */
    list: (words: readonly string[]) =>
      new Intl.ListFormat(language, { type: 'unit', style: 'short' }).format(
        words.map((word) => `\u2068${word}\u2069`),
      ),
    bytes(value: number) {
      const step = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3));
      return new Intl.NumberFormat(language, {
        style: 'unit',
        unit: UNITS[step]!,
        unitDisplay: 'short',
        maximumFractionDigits: step === 0 ? 0 : 1,
      }).format(value / 1000 ** step);
    },
  };
}
