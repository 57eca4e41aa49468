/** The heads of a page's parts. On a phone they are drawn sideways, and the one that is open is in view. */
import { Tabs } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';

export function TabList({ children }: { readonly children: ReactNode }) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const tab = list.current?.querySelector('[aria-selected="true"]');
    if (!list.current || !tab) return;
    const [around, open] = [list.current.getBoundingClientRect(), tab.getBoundingClientRect()];
    // Sideways only, and by the screen's own left and right, which are the same in both directions of writing.
    if (open.left < around.left || open.right > around.right)
      list.current.scrollBy({ left: (open.left + open.right - around.left - around.right) / 2 });
  });
  return (
    <Tabs.List mb="md" ref={list}>
      {children}
    </Tabs.List>
  );
}
