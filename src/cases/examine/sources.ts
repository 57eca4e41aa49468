/** The files of an exhibit as they are read: where each lies, what opens it, and what lies beside it. */
import type { Registry } from '../../registry/index.ts';
import type { BlobLocation } from '../../store/index.ts';
import { type Exhibit, filesOf } from '../exhibits.ts';
import { vaultOf } from '../vault.ts';
import { companionsOf, type EvidenceSource } from './evidence-reader.ts';

/** Names are those of the files inside the exhibit: the same evidence gives the same result under whatever number. */
export async function sourcesOf(registry: Registry, exhibit: Exhibit): Promise<EvidenceSource[]> {
  const vault = await vaultOf(registry, exhibit);
  const located = new Map<string, BlobLocation>();
  for (const { name, sha256 } of await filesOf(registry, exhibit))
    located.set(name, await vault.locate(sha256));
  return [...located].map(([name, location]) => ({
    name,
    exhibit: exhibit.number,
    location,
    ...companionsOf(name, (beside) => located.get(beside)),
  }));
}
