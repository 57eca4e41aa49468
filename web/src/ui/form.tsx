/** Asking the node for an act: its fields, what was refused, and one button. */
import {
  Button,
  Group,
  Select,
  Stack,
  Text,
  Textarea,
  type TextareaProps,
  TextInput,
  type TextInputProps,
} from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from './problem.tsx';

/** As much of a mutation as a form has to know. */
export interface Sending {
  readonly mutate: () => void;
  readonly isPending: boolean;
  readonly error: Error | null;
}

export function Form(props: {
  readonly action: string;
  readonly sends: Sending;
  /** Whether everything that is needed is said. */
  readonly isReady: boolean;
  readonly color?: string;
  readonly children: ReactNode;
}) {
  const { sends } = props;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        sends.mutate();
      }}
    >
      <Stack>
        {props.children}
        <ProblemNote error={sends.error} />
        <Button
          type="submit"
          disabled={!props.isReady}
          loading={sends.isPending}
          {...(props.color ? { color: props.color } : {})}
        >
          {props.action}
        </Button>
      </Stack>
    </form>
  );
}

interface Writes {
  readonly value: string;
  readonly onWrite: (text: string) => void;
}

/** One line that a person writes. */
export function Field({ onWrite, ...input }: Omit<TextInputProps, 'onChange' | 'value'> & Writes) {
  return <TextInput {...input} onChange={(event) => onWrite(event.currentTarget.value)} />;
}

/** Several lines that a person writes. */
export function LongField({ onWrite, ...input }: Omit<TextareaProps, 'onChange' | 'value'> & Writes) {
  return <Textarea {...input} onChange={(event) => onWrite(event.currentTarget.value)} />;
}

/** One of the node's closed lists of words. */
export function Choose<W extends string>(props: {
  readonly label: string;
  /** Before the word in the message's key: `purpose` for `purpose.training`. */
  readonly family: string;
  readonly words: readonly W[];
  readonly value: W;
  readonly onChoose: (word: W) => void;
  readonly description?: string;
}) {
  const { t } = useTranslation();
  return (
    <Select
      label={props.label}
      description={props.description}
      data={props.words.map((word) => ({ value: word, label: t(`${props.family}.${word as string}`) }))}
      value={props.value}
      onChange={(chosen) => chosen && props.onChoose(chosen as W)}
      allowDeselect={false}
    />
  );
}

/** An act that ends something, with its reason on record. */
export function EndForm(props: {
  readonly means: string;
  readonly action: string;
  readonly reason: string;
  readonly onReason: (reason: string) => void;
  readonly sends: Sending;
}) {
  const { t } = useTranslation();
  return (
    <Form action={props.action} sends={props.sends} isReady={props.reason.trim() !== ''} color="red">
      <Text size="sm">{props.means}</Text>
      <LongField
        label={t('operation.reason')}
        value={props.reason}
        onWrite={props.onReason}
        maxLength={500}
        data-autofocus
      />
    </Form>
  );
}

/** Asks once more before something ends that asks for no reason. */
export function Confirm(props: {
  readonly means: string;
  readonly action: string;
  readonly sends: Sending;
  readonly onCancel: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Text size="sm">{props.means}</Text>
      <ProblemNote error={props.sends.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={props.onCancel}>
          {t('shell.cancel')}
        </Button>
        <Button color="red" loading={props.sends.isPending} onClick={() => props.sends.mutate()}>
          {props.action}
        </Button>
      </Group>
    </Stack>
  );
}
