/** The very bytes of an exhibit, in hexadecimal and as text. Looking is an act: it asks why, and stands in the chain of custody. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { call, queries } from '../api/client.ts';
import { useFormat } from '../ui/format.ts';
import { Mono } from '../ui/mono.tsx';
import { PurposeForm, type Said } from './purpose-form.tsx';

export interface Place {
  readonly offset: number;
  readonly length: number;
  /** Inside a folder. */
  readonly path: string | null;
}

const VIEW_BYTES = 4_096;
const BEFORE_BYTES = 512;
const A_LINE = 16;

export function Bytes(props: { readonly caseId: string; readonly number: number; readonly place: Place }) {
  const { t } = useTranslation();
  const { count } = useFormat();
  const { place } = props;
  const first = Math.max(0, Math.floor((place.offset - BEFORE_BYTES) / A_LINE) * A_LINE);
  const read = useMutation({
    mutationFn: ({ said, offset }: { said: Said; offset: number }) =>
      call('POST /cases/{id}/exhibits/{number}/readings', {
        params: { id: props.caseId, number: String(props.number) },
        body: { ...said, offset, length: VIEW_BYTES, ...(place.path === null ? {} : { path: place.path }) },
      }),
    onSuccess: () =>
      queries.invalidateQueries({
        predicate: ({ queryKey }) =>
          queryKey[0] === 'GET /cases/{id}/exhibits/{number}/custody' || queryKey[0] === 'GET /cases/{id}',
      }),
  });
  const { data, variables } = read;
  if (!data)
    return (
      <Stack>
        <Text size="sm" c="dimmed">
          {t('bytes.about')}
        </Text>
        <PurposeForm
          suggested={t('bytes.purpose')}
          action={t('bytes.show')}
          sends={{ ...read, mutate: (said) => read.mutate({ said, offset: first }) }}
        />
      </Stack>
    );
  const go = (offset: number) => read.mutate({ said: variables!.said, offset });
  const end = data.offset + data.length;
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm">
          {t('bytes.range', { from: count(data.offset), to: count(end), of: count(data.fileBytes) })}
        </Text>
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            disabled={data.offset === 0}
            loading={read.isPending}
            onClick={() => go(Math.max(0, data.offset - VIEW_BYTES))}
          >
            {t('bytes.before')}
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={end >= data.fileBytes}
            loading={read.isPending}
            onClick={() => go(end)}
          >
            {t('bytes.after')}
          </Button>
        </Group>
      </Group>
      <Hex bytes={decode(data.bytes)} offset={data.offset} place={place} label={t('bytes.hex')} />
      <Text size="xs" c="dimmed">
        {t('bytes.entered')} SHA-256 <Mono>{data.sha256}</Mono>
      </Text>
    </Stack>
  );
}

function decode(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function Hex(props: {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly place: Place;
  readonly label: string;
}) {
  const { bytes, offset, place } = props;
  const lines = Array.from({ length: Math.ceil(bytes.length / A_LINE) }, (_, i) => i * A_LINE);
  const isMarked = (at: number) => place.length > 0 && at >= place.offset && at < place.offset + place.length;
  const mark = (at: number, text: string) => (isMarked(at) ? <mark key={at}>{text}</mark> : text);
  return (
    // biome-ignore lint/a11y/useSemanticElements: no element means this
    <div
      className="hex"
      role="region"
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      tabIndex={0}
      style={{ maxHeight: '52vh', overflow: 'auto' }}
    >
      {lines.map((start) => {
        const part = [...bytes.subarray(start, start + A_LINE)];
        const address = (offset + start).toString(16).padStart(10, '0');
        return (
          <div key={start}>
            {address}
            {'  '}
            {part.map((byte, i) => [mark(offset + start + i, byte.toString(16).padStart(2, '0')), ' '])}
            {'   '.repeat(A_LINE - part.length)}{' '}
            {part.map((byte, i) =>
              mark(offset + start + i, byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'),
            )}
          </div>
        );
      })}
    </div>
  );
}
