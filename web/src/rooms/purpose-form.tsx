/** Why evidence is touched, and by what authority: it stands in the chain of custody, with the name of whoever is signed in. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field, Form, type Sending } from '../ui/form.tsx';

export interface Said {
  readonly purpose: string;
  readonly authority?: string;
}

export function PurposeForm(props: {
  readonly suggested: string;
  readonly action: string;
  readonly sends: Omit<Sending, 'mutate'> & { readonly mutate: (said: Said) => void };
  /** Whether everything else is said. */
  readonly isReady?: boolean;
}) {
  const { t } = useTranslation();
  const [purpose, setPurpose] = useState(props.suggested);
  const [authority, setAuthority] = useState('');
  const said = { purpose, ...(authority.trim() === '' ? {} : { authority }) };
  return (
    <Form
      action={props.action}
      sends={{ ...props.sends, mutate: () => props.sends.mutate(said) }}
      isReady={purpose.trim() !== '' && props.isReady !== false}
    >
      <Field
        label={t('said.purpose')}
        description={t('said.purpose-hint')}
        value={purpose}
        onWrite={setPurpose}
        maxLength={500}
        data-autofocus
      />
      <Field
        label={t('said.authority')}
        description={t('said.authority-hint')}
        value={authority}
        onWrite={setAuthority}
        maxLength={500}
      />
    </Form>
  );
}
