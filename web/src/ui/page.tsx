/** The head of a room, its panels, and what stands where there is nothing yet. */
import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { ExerciseFrame } from './exercise.tsx';

export function Page(props: {
  readonly title: ReactNode;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  /** Of an exercise: it is marked so that nobody takes it for real. */
  readonly exercise?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <Stack gap="lg">
      {props.exercise && <ExerciseFrame />}
      <Group justify="space-between" align="flex-start">
        <div>
          <Title order={1} size="h2">
            {props.title}
          </Title>
          {props.about && <Text c="dimmed">{props.about}</Text>}
        </div>
        <Group gap="sm">{props.actions}</Group>
      </Group>
      {props.children}
    </Stack>
  );
}

export function Panel(props: {
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <Paper withBorder p="md" component="section">
      <Stack gap="sm">
        {(props.title || props.actions) && (
          <Group justify="space-between">
            <Title order={2} size="h5">
              {props.title}
            </Title>
            {props.actions}
          </Group>
        )}
        {props.children}
      </Stack>
    </Paper>
  );
}

/** Says what to do. */
export function Empty({ words, children }: { readonly words: string; readonly children?: ReactNode }) {
  return (
    <Paper withBorder p="xl">
      <Stack align="center" gap="sm">
        <Text c="dimmed" ta="center" maw={520}>
          {words}
        </Text>
        {children}
      </Stack>
    </Paper>
  );
}

/** Names and values, as `dt` and `dd`. */
export function Facts({ facts }: { readonly facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => [<dt key={`${name}:`}>{name}</dt>, <dd key={name}>{value}</dd>])}
    </dl>
  );
}

/** What may be longer than its place: it scrolls by itself, by keyboard too. */
export function Scroll({ children }: { readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <div className="scroll" tabIndex={0}>
      {children}
    </div>
  );
}
