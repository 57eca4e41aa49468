/** Who is signed in, and what the node says they may do. */
import { useQuery } from '@tanstack/react-query';
import { type Answer, type Route, reading } from '../api/client.ts';

export type Me = Answer<'GET /me'>;

export const useMe = () => useQuery({ ...reading('GET /me'), staleTime: 60_000, retry: false });

/** Whether the node lets this person call a route; pages show only what can be done. */
export function useMay(): (route: Route) => boolean {
  const { data } = useMe();
  return (route) => data?.may.includes(route) ?? false;
}
