/** Why evidence is touched, and by what authority: it stands in the chain of custody, with the name of whoever is signed in. */
import { Button, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

export interface Said {
  readonly purpose: string;
  readonly authority?: string;
}

export function PurposeForm(props: {
  readonly suggested: string;
  readonly action: string;
  readonly isBusy: boolean;
  /** Whether everything else is said. */
  readonly isReady?: boolean;
  readonly onSay: (said: Said) => void;
}) {
  const { t } = useTranslation();
  const [purpose, setPurpose] = useState(props.suggested);
  const [authority, setAuthority] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        props.onSay({ purpose, ...(authority.trim() === '' ? {} : { authority }) });
      }}
    >
      <Stack>
        <TextInput
          label={t('said.purpose')}
          description={t('said.purpose-hint')}
          value={purpose}
          onChange={(event) => setPurpose(event.currentTarget.value)}
          maxLength={500}
          data-autofocus
        />
        <TextInput
          label={t('said.authority')}
          description={t('said.authority-hint')}
          value={authority}
          onChange={(event) => setAuthority(event.currentTarget.value)}
          maxLength={500}
        />
        <Button
          type="submit"
          disabled={purpose.trim() === '' || props.isReady === false}
          loading={props.isBusy}
        >
          {props.action}
        </Button>
      </Stack>
    </form>
  );
}
