/** Asking the node for an act: its fields, what was refused, and one button. */
import { Button, Select, Stack, Text, Textarea } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from './problem.tsx';

/** As much of a mutation as a form has to know. */
interface Sending {
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
      <Textarea
        label={t('operation.reason')}
        value={props.reason}
        onChange={(event) => props.onReason(event.currentTarget.value)}
        maxLength={500}
        data-autofocus
      />
    </Form>
  );
}
