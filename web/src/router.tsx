/** Addresses of the rooms; the node answers the same ones (src/server/workspace.ts). */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouteComponent,
} from '@tanstack/react-router';
import { withWords } from './i18n/index.ts';
import { Shell } from './shell/shell.tsx';
import { NotThere } from './ui/problem.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotThere });

const page = <P extends string>(path: P, load: () => Promise<{ default: RouteComponent }>) =>
  createRoute({
    getParentRoute: () => root,
    path,
    component: lazyRouteComponent(path === '/' ? load : () => withWords(load)),
  });

const tree = root.addChildren([
  page('/', () => import('./rooms/today.tsx')),
  page('/agreements', () => import('./rooms/agreements.tsx')),
  page('/agreements/$id', () => import('./rooms/agreement.tsx')),
  page('/intelligence', () => import('./rooms/intelligence.tsx')),
  page('/intelligence/$id', () => import('./rooms/object.tsx')),
  page('/cases', () => import('./rooms/cases.tsx')),
  page('/cases/$id', () => import('./rooms/case.tsx')),
  page('/cases/$id/$part', () => import('./rooms/case.tsx')),
  page('/operations', () => import('./rooms/operations.tsx')),
  page('/operations/$id', () => import('./rooms/operation.tsx')),
  page('/operations/$id/$part', () => import('./rooms/operation.tsx')),
  page('/peers', () => import('./rooms/peers.tsx')),
  page('/peers/$part', () => import('./rooms/peers.tsx')),
  page('/desk', () => import('./rooms/desk.tsx')),
  page('/desk/$part', () => import('./rooms/desk.tsx')),
  page('/desk/$part/$id', () => import('./rooms/desk.tsx')),
  page('/audit', () => import('./rooms/audit.tsx')),
  page('/people', () => import('./rooms/people.tsx')),
  page('/me', () => import('./rooms/me.tsx')),
]);

export const router = createRouter({ routeTree: tree, defaultPreload: 'intent' });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
