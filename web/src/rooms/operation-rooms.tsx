/** The two rooms in which parties talk: the operations room for those who act, the knowledge room for everybody, without operational data. */
import { Button, Group, Paper, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { LongField } from '../ui/form.tsx';
import { Empty } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { Posts } from './operation-posts.tsx';
import { type Board, refresh } from './operation-words.ts';

type Room = Board['posts'][number]['room'];

export function Rooms({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const may = useMay();
  const own = board.parties.find(({ peer }) => peer === '');
  const rooms: Room[] =
    own && own.role !== 'police' && own.role !== 'cert' ? ['knowledge'] : ['operations', 'knowledge'];
  const [room, setRoom] = useState<Room>(rooms[0]!);
  const [text, setText] = useState('');
  const say = useMutation({
    mutationFn: () =>
      call('POST /operations/{operation}/posts', {
        params: { operation: board.operation.id },
        body: { room, text },
      }),
    onSuccess: async () => {
      setText('');
      await refresh();
    },
  });
  const posts = board.posts.filter((post) => post.room === room);
  const mayPost = board.operation.state === 'open' && may('POST /operations/{operation}/posts');
  return (
    <Stack maw={860}>
      <Group>
        <SegmentedControl
          aria-label={t('operation.part.talk')}
          value={room}
          onChange={(value) => setRoom(value as Room)}
          data={rooms.map((value) => ({ value, label: t(`operation.room.${value}`) }))}
        />
      </Group>
      <Text size="sm" c="dimmed">
        {t(`operation.room-about.${room}`)}
      </Text>
      {posts.length === 0 ? (
        <Empty words={t('operation.no-posts')} />
      ) : (
        <Posts label={t(`operation.room.${room}`)} posts={posts} />
      )}
      {mayPost && (
        <Paper withBorder p="md">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              say.mutate();
            }}
          >
            <Stack gap="sm">
              <LongField
                label={t('operation.say')}
                value={text}
                onWrite={setText}
                maxLength={20_000}
                autosize
                minRows={2}
              />
              <ProblemNote error={say.error} />
              <Group justify="flex-end">
                <Button type="submit" disabled={text.trim() === ''} loading={say.isPending}>
                  {t('operation.post')}
                </Button>
              </Group>
            </Stack>
          </form>
        </Paper>
      )}
    </Stack>
  );
}
