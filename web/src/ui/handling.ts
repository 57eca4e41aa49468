/** How an object may be handled, as the node names its class (`network-indicators, TLP:GREEN, received`), in the reader's words. */
import type { TFunction } from 'i18next';

const PERSONAL = 'personal data: ';

export function handlingWords(t: TFunction, handling: string): string {
  return handling
    .split(', ')
    .map((part) => {
      if (/^(?:TLP|PAP):/.test(part)) return part;
      if (part === 'received') return t('intelligence.received');
      if (part === 'recalled') return t('intelligence.recalled');
      if (!part.startsWith(PERSONAL)) return t(`category.${part}`, { defaultValue: part });
      const personal = part.slice(PERSONAL.length);
      return t('intelligence.personal-data', { what: t(`personal.${personal}`, { defaultValue: personal }) });
    })
    .join(' · ');
}
