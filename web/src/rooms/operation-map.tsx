/**
 * Where the targets are. Shapes of countries come from Natural Earth's atlas, in the page's own files; what is too small to have a shape there is a
 * dot at its middle. The table beside it says the same in words, for those who do not see a map.
 */
import { Group, Paper, SegmentedControl, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { geoNaturalEarth1, geoPath } from 'd3-geo';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import atlas from 'world-atlas/countries-110m.json';
import { Country, useCountryName } from '../ui/country.tsx';
import { useFormat } from '../ui/format.ts';
import { Empty } from '../ui/page.tsx';
import type { Column } from '../ui/rows.tsx';
import { SortedRows } from '../ui/sorted-rows.tsx';
import { lettersOf } from './country-codes.ts';
import type { Board } from './operation-words.ts';

const WIDTH = 960;
const HEIGHT = 470;
const SHADES = [1, 2, 3, 4, 5];

const world = atlas as unknown as Topology<{ countries: GeometryCollection }>;
const shapes = feature(world, world.objects.countries).features.filter(({ id }) => lettersOf(id) !== 'AQ');
const projection = geoNaturalEarth1().fitSize([WIDTH, HEIGHT], {
  type: 'FeatureCollection',
  features: shapes,
});
const path = geoPath(projection);
/** Drawn once: they do not change. */
const outlines = shapes.map((shape, i) => ({ key: i, country: lettersOf(shape.id), d: path(shape) ?? '' }));
const drawn = new Set(outlines.map(({ country }) => country));

type Row = Board['counts']['countries'][number];
const MEASURES = ['targets', 'victims', 'outcomes'] as const;
type Measure = (typeof MEASURES)[number];

export default function CountryMap({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const { count } = useFormat();
  const countryName = useCountryName();
  const [measure, setMeasure] = useState<Measure>('targets');
  const [at, setAt] = useState<string | null>(null);
  const rows = board.counts.countries;
  const byCountry = useMemo(() => new Map(rows.map((row) => [row.country, row])), [rows]);
  if (rows.length === 0) return <Empty words={t('operation.no-countries')} />;
  const most = Math.max(1, ...rows.map((row) => row[measure]));
  // Few countries have nearly everything: the shade follows the logarithm.
  const shadeOf = (row: Row | undefined) =>
    !row || row[measure] === 0
      ? 0
      : Math.max(1, Math.ceil((SHADES.length * Math.log1p(row[measure])) / Math.log1p(most)));
  const words = (row: Row) => `${countryName(row.country)}: ${count(row[measure])}`;
  const columns: Column<Row>[] = [
    {
      key: 'country',
      head: t('operation.country'),
      width: 'minmax(8rem, 1.6fr)',
      cell: ({ country }) => (
        <Link
          className="link"
          to="/operations/$id/$part"
          params={{ id: board.operation.id, part: 'targets' }}
          search={{ country } as never}
          onMouseEnter={() => setAt(country)}
          onFocus={() => setAt(country)}
        >
          <Country code={country} />
        </Link>
      ),
    },
    ...MEASURES.map(
      (one): Column<Row> => ({
        key: one,
        head: t(`operation.measure.${one}`),
        width: '6rem',
        cell: (row) => <span className="number">{count(row[one])}</span>,
      }),
    ),
  ];
  return (
    <div className="map-beside">
      <Paper withBorder p="md">
        <Stack gap="sm">
          <Group justify="space-between">
            <SegmentedControl
              aria-label={t('operation.measure')}
              value={measure}
              onChange={(value) => setMeasure(value as Measure)}
              data={MEASURES.map((value) => ({ value, label: t(`operation.measure.${value}`) }))}
            />
            <Text size="sm" role="status">
              {at && byCountry.has(at) ? words(byCountry.get(at)!) : ' '}
            </Text>
          </Group>
          <svg
            className="map"
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            role="img"
            aria-label={t('operation.map-of', { count: rows.length })}
            direction="ltr"
            onMouseOver={({ target }) => setAt((target as SVGElement).dataset['country'] ?? null)}
            onFocus={() => {}}
            onMouseLeave={() => setAt(null)}
          >
            {outlines.map(({ key, country, d }) => (
              <path
                key={key}
                d={d}
                data-shade={shadeOf(byCountry.get(country ?? ''))}
                data-at={country !== undefined && country === at}
                data-country={country}
              />
            ))}
            {rows
              .filter(({ country }) => !drawn.has(country))
              .map((row) => {
                const [x, y] = projection([row.longitude, row.latitude]) ?? [0, 0];
                return (
                  <circle
                    key={row.country}
                    cx={x}
                    cy={y}
                    r={5}
                    data-shade={shadeOf(row)}
                    data-at={row.country === at}
                    data-country={row.country}
                  />
                );
              })}
          </svg>
          <Group justify="space-between">
            <Text size="xs" c="dimmed">
              {t('operation.map-source')}
            </Text>
            <Group gap={6} aria-hidden="true">
              <Text size="xs" c="dimmed">
                {count(1)}
              </Text>
              <span className="shades">
                {SHADES.map((shade) => (
                  <i key={shade} data-shade={shade} />
                ))}
              </span>
              <Text size="xs" c="dimmed">
                {count(most)}
              </Text>
            </Group>
          </Group>
        </Stack>
      </Paper>
      <SortedRows
        label={t('operation.part.map')}
        columns={columns}
        rows={rows}
        values={{
          country: ({ country }) => countryName(country),
          ...Object.fromEntries(MEASURES.map((one) => [one, (row: Row) => row[one]])),
        }}
        keyOf={({ country }) => country}
        height="560px"
        minWidth="27rem"
      />
    </div>
  );
}
