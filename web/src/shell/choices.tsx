/** The language, and light or dark: each person's own choice, kept in the browser. */
import { ActionIcon, Menu, useDirection, useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { directionOf, LANGUAGES, type Language, speak } from '../i18n/index.ts';
import { Icon } from './icons.tsx';

export function Languages() {
  const { t, i18n } = useTranslation();
  const { setDirection } = useDirection();
  const choose = async (language: Language) => {
    await speak(language);
    setDirection(directionOf(language));
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={t('shell.language')}>
          <Icon name="language" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(LANGUAGES) as Language[]).map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            onClick={() => choose(language)}
            aria-current={i18n.language === language ? 'true' : undefined}
            fw={i18n.language === language ? 650 : 400}
          >
            {LANGUAGES[language]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

export function Scheme() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={t('shell.scheme')}>
          <Icon name="sun" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(['light', 'dark', 'auto'] as const).map((scheme) => (
          <Menu.Item
            key={scheme}
            onClick={() => setColorScheme(scheme)}
            fw={colorScheme === scheme ? 650 : 400}
          >
            {t(`scheme.${scheme}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
