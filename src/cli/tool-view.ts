/** Tools as the commands show them. */
import { PURPOSES } from '../agreement/index.ts';
import { EntenteError } from '../base/index.ts';
import { type HeldTool, type Published, toolStateOf } from '../desk/index.ts';
import type { Peer } from '../registry/index.ts';
import type { Option } from './command.ts';
import { printable } from './terminal.ts';

export const PURPOSE: Readonly<Record<string, Option>> = {
  purpose: {
    type: 'string',
    value: 'WORD',
    help: `what it is for: ${PURPOSES.join(', ')} (default investigation)`,
  },
};

export const heldView = (held: HeldTool) => {
  const { manifest, ...rest } = held;
  const { kind, title, licence, author } = manifest;
  return { ...rest, state: toolStateOf(held), kind, title, licence, author };
};

export const publishedView = ({ manifest, ...rest }: Published) => ({
  ...rest,
  kind: manifest.kind,
  title: manifest.title,
});

export const heldRow = (held: HeldTool, peers: readonly Peer[]): string[] => [
  held.tool,
  held.version,
  held.manifest.kind,
  printable(held.manifest.title),
  held.peer === '' ? 'own' : (peers.find(({ kid }) => kid === held.peer)?.name ?? held.peer),
  toolStateOf(held),
  held.accepted ? String(held.accepted.seats) : '',
  held.id,
];

/** `NAME=VALUE` as `--set` takes it. @throws EntenteError `usage` */
export function settingsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new EntenteError('usage', `--set takes NAME=VALUE, not "${text.slice(0, 40)}"`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
