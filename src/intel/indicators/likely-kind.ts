/** Feeds put addresses and URLs where a domain belongs, and one family of addresses where the other does. */
import { type Kind, recogniseKind } from '../../match/index.ts';

const MISTAKEN: Partial<Record<Kind, readonly Kind[]>> = {
  domain: ['ipv4', 'ipv6', 'cidr', 'url', 'email'],
  url: ['domain', 'ipv4', 'ipv6'],
  ipv4: ['ipv6', 'cidr', 'domain'],
  ipv6: ['ipv4', 'cidr', 'domain'],
  md5: ['sha1', 'sha256', 'sha512'],
  sha1: ['md5', 'sha256', 'sha512'],
  sha256: ['md5', 'sha1', 'sha512'],
  'file-name': ['file-path'],
};

/** The value under the kind it was declared to be, or under the one it plainly is where these are known to be mixed up. */
export function likelyKind(kind: Kind, value: string): { kind: Kind; value: string } {
  const others = MISTAKEN[kind];
  const seen = others === undefined ? null : recogniseKind(value);
  return { kind: seen !== null && others!.includes(seen) ? seen : kind, value };
}
