/** STIX's names of types, in words where there are some. */
export const typeWords = (t: (key: string, options: { defaultValue: string }) => string, type: string) =>
  t(`type.${type}`, { defaultValue: type });
