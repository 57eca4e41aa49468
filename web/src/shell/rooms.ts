/** The rooms in the order of the working day, and the route by which the node says whether a person may enter. */
import type { Route } from '../api/client.ts';
import type { IconName } from './icons.tsx';

export interface Room {
  readonly name:
    | 'today'
    | 'agreements'
    | 'intelligence'
    | 'cases'
    | 'operations'
    | 'peers'
    | 'desk'
    | 'audit'
    | 'people';
  readonly path:
    | '/'
    | '/agreements'
    | '/intelligence'
    | '/cases'
    | '/operations'
    | '/peers'
    | '/desk'
    | '/audit'
    | '/people';
  readonly icon: IconName;
  /** Any of them opens it. */
  readonly asks: readonly Route[];
}

export const ROOMS: readonly Room[] = [
  { name: 'today', path: '/', icon: 'today', asks: ['GET /today'] },
  { name: 'agreements', path: '/agreements', icon: 'agreements', asks: ['GET /agreements'] },
  { name: 'intelligence', path: '/intelligence', icon: 'intelligence', asks: ['GET /objects'] },
  { name: 'cases', path: '/cases', icon: 'cases', asks: ['GET /cases'] },
  { name: 'operations', path: '/operations', icon: 'operations', asks: ['GET /operations'] },
  { name: 'peers', path: '/peers', icon: 'peers', asks: ['GET /peers'] },
  {
    name: 'desk',
    path: '/desk',
    icon: 'desk',
    asks: ['GET /requests', 'GET /courses', 'GET /experts', 'GET /seats', 'GET /tools'],
  },
  { name: 'audit', path: '/audit', icon: 'audit', asks: ['GET /ledger/leaves'] },
  { name: 'people', path: '/people', icon: 'people', asks: ['GET /people'] },
];
