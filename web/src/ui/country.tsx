/** A country: its code, and its name in the reader's language. */
import { useTranslation } from 'react-i18next';

export function useCountryName(): (code: string) => string {
  const { language } = useTranslation().i18n;
  const names = new Intl.DisplayNames(language, { type: 'region', fallback: 'code' });
  return (code) => {
    try {
      return names.of(code) ?? code;
    } catch {
      return code;
    }
  };
}

/** A scope of a package may be networks instead of a country. */
export function Country({ code }: { readonly code: string }) {
  const { t } = useTranslation();
  const nameOf = useCountryName();
  if (!/^[A-Z]{2}$/.test(code)) return t('operation.scope.networks');
  return (
    <span>
      <bdi dir="ltr" className="mono">
        {code}
      </bdi>{' '}
      <bdi>{nameOf(code)}</bdi>
    </span>
  );
}
