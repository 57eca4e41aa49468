/** How many of something there were over time. Dragging over it chooses a range; the times are UTC, as evidence has them. */
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import uPlot from 'uplot';

export interface Bar {
  readonly from: string;
  readonly events: number;
}

const HEIGHT = 170;

export function Histogram(props: {
  readonly bars: readonly Bar[];
  readonly label: string;
  /** Width of a bin, in seconds; of months and years, about. */
  readonly binS: number;
  readonly onRange: (from: string, to: string) => void;
}) {
  const { bars, label, binS, onRange } = props;
  const { language } = useTranslation().i18n;
  const scheme = useComputedColorScheme();
  const box = useRef<HTMLDivElement>(null);
  const choose = useRef(onRange);
  choose.current = onRange;
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read from the page, so another scheme draws again
  useEffect(() => {
    const host = box.current!;
    const style = getComputedStyle(host);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const ink = colour('--mantine-color-dimmed');
    const axis = {
      stroke: ink,
      grid: { stroke: colour('--entente-line'), width: 1 },
      ticks: { show: false },
    };
    const count = new Intl.NumberFormat(language, { notation: 'compact' });
    const at = bars.map(({ from }) => Date.parse(from) / 1_000);
    const [first, last] = [at[0]!, at.at(-1)!];
    // Nothing on either side: the library takes the width of a bar from its neighbour.
    const data: uPlot.AlignedData = [
      [first - binS, ...at, last + binS],
      [0, ...bars.map(({ events }) => events), 0],
    ];
    const plot = new uPlot(
      {
        width: host.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { drag: { x: true, y: false, setScale: false }, y: false, points: { show: false } },
        scales: {
          x: {
            time: true,
            // Of the bars themselves: the library makes years of a single one.
            range: () => [first - binS / 2, last + 1.5 * binS],
          },
          y: { range: (_plot, _low, high) => [0, Math.max(1, high)] },
        },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
        axes: [
          {
            ...axis,
            size: 32,
            space: 76, // the words of a month and its year, and some air
            values: (_plot, splits, _axis, _space, step) => splits.map((at) => words(at, step)),
          },
          { ...axis, values: (_plot, splits) => splits.map((n) => count.format(n)), size: 56 },
        ],
        series: [
          {},
          {
            fill: colour('--mantine-primary-color-filled'),
            stroke: colour('--mantine-primary-color-filled'),
            width: 0,
            points: { show: false },
            paths: uPlot.paths.bars!({ size: [1, Infinity], align: 1, gap: bars.length > 150 ? 0 : 2 }),
          },
        ],
        hooks: {
          setSelect: [
            (self) => {
              if (self.select.width < 2) return;
              const at = (px: number) => new Date(Math.round(self.posToVal(px, 'x')) * 1_000).toISOString();
              choose.current(at(self.select.left), at(self.select.left + self.select.width));
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      data,
      host,
    );
    function words(seconds: number, step: number): string {
      const options: Intl.DateTimeFormatOptions =
        step >= 86_400 * 300
          ? { year: 'numeric' }
          : step >= 86_400 * 28
            ? { year: 'numeric', month: 'short' }
            : step >= 86_400
              ? { month: 'short', day: 'numeric' }
              : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
      return new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' }).format(seconds * 1_000);
    }
    const resized = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: HEIGHT }));
    resized.observe(host);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [bars, binS, language, scheme]);
  return <div ref={box} className="histogram" role="img" aria-label={label} dir="ltr" />;
}
