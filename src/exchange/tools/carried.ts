/**
 * A peer's repository as a folder, for a node without a line: written at the giving node, carried, and read as if it were fetched. The same checks hold, the
 * timestamp's day included: what is carried too slowly is refused as frozen.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { EntenteError } from '../../base/index.ts';
import { repositoryFault } from '../../desk/index.ts';
import type { GetFile } from '../../desk/tools/trusted.ts';
import type { Peer, Registry } from '../../registry/index.ts';

/** Writes what a peer is given now, the packages included; each crosses, and is in the ledger, by being written. @throws EntenteError `agreement-denied`, `not-found` */
export async function writeRepository(registry: Registry, peer: Peer, folder: string): Promise<string[]> {
  const { metadataFor, packageFor } = await import('../../desk/tools/repository.ts');
  for (const part of ['metadata', 'targets']) mkdirSync(join(folder, part), { recursive: true });
  const keep = async (file: string) => {
    const text = await metadataFor(registry, peer, file);
    writeFileSync(join(folder, 'metadata', file), text);
    return JSON.parse(text).signed;
  };
  const { meta } = await keep('timestamp.json');
  const snapshot = await keep(`${meta['snapshot.json'].version}.snapshot.json`);
  const { targets } = await keep(`${snapshot.meta['targets.json'].version}.targets.json`);
  for (let version = 1; ; version++)
    try {
      await keep(`${version}.root.json`);
    } catch (error) {
      if (error instanceof EntenteError && error.code === 'not-found') break;
      throw error;
    }
  const names = Object.keys(targets);
  for (const name of names) {
    const file = `${targets[name].hashes.sha256}.${name}`;
    const { sha256 } = await packageFor(registry, peer, file);
    const parts: Uint8Array[] = [];
    for await (const part of registry.blobs.read(sha256)) parts.push(part);
    writeFileSync(join(folder, 'targets', file), Buffer.concat(parts));
  }
  return names;
}

/** Reads a carried repository. */
export function repositoryIn(peer: Peer, folder: string): GetFile {
  return async (path, bytesMax) => {
    if (path.split('/').includes('..'))
      throw new EntenteError('path-outside', `${path} leads out of the folder`);
    const file = await open(join(folder, path)).catch((cause) => {
      throw new EntenteError('not-found', `the folder has no ${path}`, { cause });
    });
    try {
      const { size } = await file.stat();
      if (size > bytesMax)
        throw repositoryFault(peer, 'endless-data', new Error(`${path} has ${size} bytes`));
      return new Uint8Array(await file.readFile());
    } finally {
      await file.close();
    }
  };
}
