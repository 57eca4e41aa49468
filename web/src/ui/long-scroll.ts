/**
 * Which rows of a list are in view, by arithmetic, so that twenty million cost what twenty do. Browsers draw boxes of some ten million pixels at
 * most; a longer list stands in a shorter box: the bar leads to a place in proportion, and wheel and keys move by pixels from there. Near both ends
 * a pixel is a pixel, so that the first and the last rows are reached exactly.
 */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

export const ROW_PX = 42;
/** Firefox ends at 17.8 million, Chromium at 33.5 million. */
const BOX_PX_MAX = 8_000_000;
/** At either end, so much is not shortened. */
const END_PX = 100_000;
const OVERSCAN = 12;
/** After so long without movement the bar is set to where the rows are. */
const STILL_MS = 160;

interface View {
  readonly first: number;
  /** Behind the last. */
  readonly end: number;
  /** What a row's place in the box differs from its place in the list, in pixels. */
  readonly shift: number;
}

/** A box of `boxPx` through which a window of `windowPx` looks at a list of `listPx`. */
export function proportion(listPx: number, boxPx: number, windowPx: number) {
  const boxEnd = Math.max(0, boxPx - windowPx);
  const listEnd = Math.max(0, listPx - windowPx);
  const rate = (listEnd - 2 * END_PX) / (boxEnd - 2 * END_PX);
  return {
    listEnd,
    boxEnd,
    toList: (at: number) =>
      listPx === boxPx || at <= END_PX
        ? at
        : at >= boxEnd - END_PX
          ? listEnd - (boxEnd - at)
          : END_PX + (at - END_PX) * rate,
    toBox: (at: number) =>
      listPx === boxPx || at <= END_PX
        ? at
        : at >= listEnd - END_PX
          ? boxEnd - (listEnd - at)
          : END_PX + (at - END_PX) / rate,
  };
}

export function useLongScroll(box: RefObject<HTMLElement | null>, count: number) {
  const listPx = count * ROW_PX;
  const boxPx = Math.min(listPx, BOX_PX_MAX);
  const [view, setView] = useState<View>({ first: 0, end: 0, shift: 0 });
  /** Where the bar and the list were when this was last computed. */
  const at = useRef({ bar: 0, list: 0 });
  const still = useRef<ReturnType<typeof setTimeout>>(undefined);

  const show = useCallback(() => {
    const { list, bar } = at.current;
    const first = Math.max(0, Math.floor(list / ROW_PX) - OVERSCAN);
    const end = Math.min(count, Math.ceil((list + (box.current?.clientHeight ?? 0)) / ROW_PX) + OVERSCAN);
    const shift = boxPx === listPx ? 0 : bar - list;
    setView((now) =>
      now.first === first && now.end === end && now.shift === shift ? now : { first, end, shift },
    );
  }, [box, count, boxPx, listPx]);

  const onScroll = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const { toList, toBox, listEnd, boxEnd } = proportion(listPx, boxPx, element.clientHeight);
    const bar = element.scrollTop;
    const moved = bar - at.current.bar;
    const isFar = Math.abs(moved) > 2 * element.clientHeight || bar <= 0 || bar >= boxEnd;
    const list =
      boxPx === listPx || isFar ? toList(bar) : Math.min(listEnd, Math.max(0, at.current.list + moved));
    at.current = { bar, list };
    show();
    clearTimeout(still.current);
    if (boxPx === listPx) return;
    still.current = setTimeout(() => {
      const wanted = Math.round(toBox(at.current.list));
      if (Math.abs(wanted - at.current.bar) < 1) return;
      at.current.bar = wanted;
      flushSync(show);
      element.scrollTop = wanted;
    }, STILL_MS);
  }, [box, boxPx, listPx, show]);

  useLayoutEffect(show, [show]);
  useEffect(() => {
    const element = box.current!;
    const sized = new ResizeObserver(show);
    sized.observe(element);
    return () => {
      sized.disconnect();
      clearTimeout(still.current);
    };
  }, [box, show]);
  return { ...view, end: Math.min(view.end, count), boxPx, onScroll };
}
