/** An object in the middle, what it is tied to around it. The list beside it says the same in words. */
import { useNavigate } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Answer } from '../api/client.ts';

type Picture = Answer<'GET /objects/{id}'>;

const WIDTH = 720;
const HEIGHT = 340;
const SHOWN = 16;
const CHARACTERS = 26;

const cut = (text: string) => (text.length > CHARACTERS ? `${text.slice(0, CHARACTERS)}…` : text);

/** A type of STIX 2.1 §5 in the reader's words; anybody may use another, which stands as it is. */
export const relationWords = (t: TFunction, type: string) => t(`relation.${type}`, { defaultValue: type });

export function RelationGraph(props: {
  readonly centre: Picture['line'];
  readonly relations: Picture['relations'];
}) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const around = props.relations.slice(0, SHOWN);
  const at = (i: number) => {
    const angle = (2 * Math.PI * i) / around.length - Math.PI / 2;
    return { x: WIDTH / 2 + 240 * Math.cos(angle), y: HEIGHT / 2 + 125 * Math.sin(angle) };
  };
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={t('object.graph')}
      direction={i18n.dir()}
      style={{ maxHeight: 360, width: '100%' }}
    >
      {around.map((one, i) => {
        const { x, y } = at(i);
        return (
          <line
            key={`${one.direction} ${one.says} ${one.id}`}
            x1={WIDTH / 2}
            y1={HEIGHT / 2}
            x2={x}
            y2={y}
            stroke="var(--mantine-color-dimmed)"
            strokeDasharray={one.direction === 'from' ? '4 4' : undefined}
            opacity={0.6}
          />
        );
      })}
      {around.map((one, i) => {
        const { x, y } = at(i);
        const isAbove = y < HEIGHT / 2;
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: the list beside has the same links for the keyboard
          <g
            key={`${one.direction} ${one.says} ${one.id}`}
            style={{ cursor: 'pointer' }}
            onClick={() => navigate({ to: '/intelligence/$id', params: { id: one.id } })}
          >
            <circle cx={x} cy={y} r={9} fill="var(--mantine-primary-color-filled)" />
            <text x={x} y={isAbove ? y - 16 : y + 24} textAnchor="middle" fontSize={12} fill="currentColor">
              {cut(one.says === null ? one.title : `${relationWords(t, one.says)}: ${one.title}`)}
            </text>
          </g>
        );
      })}
      <circle cx={WIDTH / 2} cy={HEIGHT / 2} r={14} fill="currentColor" />
      <text
        x={WIDTH / 2}
        y={HEIGHT / 2 + 32}
        textAnchor="middle"
        fontSize={13}
        fontWeight={600}
        fill="currentColor"
      >
        {cut(props.centre.title)}
      </text>
    </svg>
  );
}
