/** Posts of a room, the newest at the end and in view; only those in view are in the page. */
import { Text } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { Moment } from '../ui/moment.tsx';
import type { Board } from './operation-words.ts';

const POST_PX = 88;

export function Posts({ label, posts }: { readonly label: string; readonly posts: Board['posts'] }) {
  const box = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: posts.length,
    getScrollElement: () => box.current,
    estimateSize: () => POST_PX,
    overscan: 6,
  });
  useEffect(() => list.scrollToIndex(posts.length - 1, { align: 'end' }), [list, posts.length]);
  return (
    <div
      className="posts"
      role="feed"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      tabIndex={0}
      ref={box}
    >
      <div style={{ height: list.getTotalSize(), position: 'relative' }}>
        {list.getVirtualItems().map(({ index, start }) => {
          const post = posts[index]!;
          return (
            <article
              key={post.id}
              ref={list.measureElement}
              data-index={index}
              aria-posinset={index + 1}
              aria-setsize={posts.length}
              aria-label={post.author}
              style={{ insetBlockStart: start }}
            >
              <Text size="sm">
                <b>
                  <bdi>{post.author}</bdi>
                </b>{' '}
                <Text span size="xs" c="dimmed">
                  <Moment at={post.at} />
                </Text>
              </Text>
              <Text size="sm" dir="auto" style={{ whiteSpace: 'pre-wrap' }}>
                {post.text}
              </Text>
            </article>
          );
        })}
      </div>
    </div>
  );
}
