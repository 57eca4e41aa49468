/** Where files are dropped, or chosen. */
import { Text } from '@mantine/core';
import { type DragEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

export function Drop({
  words,
  onFiles,
}: {
  readonly words: string;
  readonly onFiles: (files: readonly File[]) => void;
}) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const take = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFiles([...event.dataTransfer.files]);
  };
  return (
    <div>
      <button
        type="button"
        className="drop"
        data-over={isOver}
        style={{ width: '100%', font: 'inherit', color: 'inherit' }}
        onClick={() => input.current?.click()}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={take}
      >
        <Text fw={550}>{words}</Text>
        <Text size="sm" c="dimmed">
          {t('drop.or')}
        </Text>
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={words}
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
    </div>
  );
}
