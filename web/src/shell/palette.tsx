/** The command palette: go anywhere, or look a value up, without leaving the keyboard. */
import { Modal, NavLink, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { reading } from '../api/client.ts';
import { Icon } from './icons.tsx';
import type { Room } from './rooms.ts';

interface Entry {
  readonly key: string;
  readonly label: string;
  readonly hint: string;
  readonly icon: Room['icon'];
  readonly go: () => void;
}

const SHOWN = 8;

export default function Palette(props: {
  readonly close: () => void;
  readonly rooms: readonly Room[];
  readonly may: readonly string[];
}) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={props.close}
      title={t('palette.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('shell.close') }}
    >
      <Search {...props} />
    </Modal>
  );
}

function Search({ close, rooms, may }: Parameters<typeof Palette>[0]) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [wanted] = useDebouncedValue(text.trim(), 200);
  const [at, setAt] = useState(0);
  const objects = useQuery({
    ...reading('GET /objects', { query: { text: wanted, limit: SHOWN } }),
    enabled: wanted.length > 2 && may.includes('GET /objects'),
  });
  const cases = useQuery({ ...reading('GET /cases'), enabled: may.includes('GET /cases') });
  const fits = (name: string) => name.toLowerCase().includes(text.trim().toLowerCase());
  const entries: Entry[] = [
    ...rooms
      .map((room) => ({ room, label: t(`rooms.${room.name}`) }))
      .filter(({ label }) => fits(label))
      .map(({ room, label }) => ({
        key: room.path,
        label,
        hint: t('palette.room'),
        icon: room.icon,
        go: () => void navigate({ to: room.path }),
      })),
    ...(cases.data?.cases ?? [])
      .filter(({ name }) => text.trim() !== '' && fits(name))
      .slice(0, SHOWN)
      .map(({ id, name }) => ({
        key: id,
        label: name,
        hint: t('palette.case'),
        icon: 'cases' as const,
        go: () => void navigate({ to: '/cases/$id', params: { id } }),
      })),
    ...(objects.data?.objects ?? []).map(({ id, title, type }) => ({
      key: id,
      label: title,
      hint: type,
      icon: 'intelligence' as const,
      go: () => void navigate({ to: '/intelligence/$id', params: { id } }),
    })),
  ];
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text begins at the top
  useEffect(() => setAt(0), [text]);
  const choose = (entry: Entry | undefined) => {
    if (!entry) return;
    entry.go();
    close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((now) => Math.min(entries.length - 1, Math.max(0, now + step)));
    } else if (event.key === 'Enter') choose(entries[at]);
  };
  return (
    <Stack gap="xs">
      <TextInput
        data-autofocus
        aria-label={t('palette.title')}
        placeholder={t('palette.placeholder')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div>
        {entries.map((entry, i) => (
          <NavLink
            key={entry.key}
            className="nav-link"
            component="button"
            label={<bdi>{entry.label}</bdi>}
            description={entry.hint}
            leftSection={<Icon name={entry.icon} />}
            active={i === at}
            onClick={() => choose(entry)}
          />
        ))}
        {entries.length === 0 && <Text c="dimmed">{t('palette.nothing')}</Text>}
      </div>
    </Stack>
  );
}
