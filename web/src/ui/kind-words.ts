/** Kinds of indicators and targets, in words. */
import type { TFunction } from 'i18next';

export const kindWords = (t: TFunction, kind: string): string => t(`kind.${kind}`, { defaultValue: kind });
