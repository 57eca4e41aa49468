/** The language, and light or dark: each person's own choice, kept in the browser. */
import { ActionIcon, useDirection, useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { directionOf, LANGUAGES, type Language, speak } from '../i18n/index.ts';
import { Choice, DropDown } from './drop-down.tsx';
import { Icon } from './icons.tsx';

export function Languages() {
  const { t, i18n } = useTranslation();
  const { setDirection } = useDirection();
  const choose = async (language: Language) => {
    await speak(language);
    setDirection(directionOf(language));
  };
  return (
    <>
      <ActionIcon variant="default" size="lg" aria-label={t('shell.language')} popoverTarget="languages">
        <Icon name="language" />
      </ActionIcon>
      <DropDown id="languages" label={t('shell.language')}>
        {(Object.keys(LANGUAGES) as Language[]).map((language) => (
          <Choice
            key={language}
            of="languages"
            lang={language}
            isNow={i18n.language === language}
            onChoose={() => choose(language)}
          >
            {LANGUAGES[language]}
          </Choice>
        ))}
      </DropDown>
    </>
  );
}

export function Scheme() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <ActionIcon variant="default" size="lg" aria-label={t('shell.scheme')} popoverTarget="schemes">
        <Icon name="sun" />
      </ActionIcon>
      <DropDown id="schemes" label={t('shell.scheme')}>
        {(['light', 'dark', 'auto'] as const).map((scheme) => (
          <Choice
            key={scheme}
            of="schemes"
            isNow={colorScheme === scheme}
            onChoose={() => setColorScheme(scheme)}
          >
            {t(`scheme.${scheme}`)}
          </Choice>
        ))}
      </DropDown>
    </>
  );
}
