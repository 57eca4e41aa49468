/** Digests, addresses, identifiers and paths: the same from left to right in every language. */
import type { ReactNode } from 'react';

export function Mono({ children, title }: { readonly children: ReactNode; readonly title?: string }) {
  return (
    <bdi dir="ltr" className="mono" title={title}>
      {children}
    </bdi>
  );
}

/** A long identifier, cut in the middle where the eye does not need it; whole for whoever points at it. */
export function Short({ text, keep = 12 }: { readonly text: string; readonly keep?: number }) {
  const isLong = text.length > keep * 2 + 1;
  return (
    <bdi dir="ltr" className="mono short" title={text}>
      {isLong ? `${text.slice(0, keep)}…${text.slice(-6)}` : text}
    </bdi>
  );
}
