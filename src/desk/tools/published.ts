/** What this node publishes: packages by tool and version. A version is one text forever; what was wrong is taken back and followed by another. */
import { EntenteError } from '../../base/index.ts';
import { appendLeaf, type Registry } from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';
import type { Manifest } from './manifest.ts';
import type { ToolPackage } from './package.ts';

/** Who took it back, when, and why. */
export interface Retirement {
  readonly at: string;
  readonly by: string;
  readonly reason: string;
}

export interface Published {
  readonly tool: string;
  readonly version: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly manifest: Manifest;
  readonly at: string;
  readonly by: string;
  readonly retired: Retirement | null;
}

/** As it stands in the list: what a peer calls a package before it has it. */
export const targetName = ({ tool, version }: Pick<Published, 'tool' | 'version'>): string =>
  `${tool}-${version}.tool`;

interface Row {
  tool: string;
  version: string;
  sha256: string;
  size: number;
  manifest: string;
  at: string;
  by: string;
  retired: string | null;
}

const fromRow = ({ size, manifest, retired, ...row }: Row): Published => ({
  ...row,
  sizeBytes: size,
  manifest: JSON.parse(manifest) as Manifest,
  retired: retired === null ? null : (JSON.parse(retired) as Retirement),
});

export async function listPublished(queries: Queries): Promise<Published[]> {
  const sql =
    'SELECT tool, version, sha256, size, manifest, at, by, retired FROM tool_published ORDER BY tool, at';
  return (await queries.all<Row>(sql)).map(fromRow);
}

/** Its self-tests were run before. @throws EntenteError `conflict` when this version was another text */
export async function publishPackage(
  tx: Queries,
  registry: Registry,
  { manifest, sha256, sizeBytes }: ToolPackage,
  person: string,
): Promise<void> {
  const known = (await listPublished(tx)).find(
    (one) => one.tool === manifest.id && one.version === manifest.version,
  );
  if (known)
    throw new EntenteError(
      'conflict',
      known.sha256 === sha256
        ? `${manifest.id} ${manifest.version} is published already${known.retired ? ', and was taken back' : ''}`
        : `${manifest.id} ${manifest.version} was published with other content; give it another version`,
    );
  await tx.run(
    'INSERT INTO tool_published (tool, version, sha256, size, manifest, at, by) VALUES (?, ?, ?, ?, ?, ?, ?)',
    manifest.id,
    manifest.version,
    sha256,
    sizeBytes,
    JSON.stringify(manifest),
    registry.clock().toISOString(),
    person,
  );
  await appendLeaf(tx, registry.clock, 'tool', {
    act: 'published',
    tool: manifest.id,
    version: manifest.version,
    sha256,
  });
}

/** It is gone from what peers are shown with their next look. @throws EntenteError `not-found`, `conflict` */
export async function withdrawPublished(
  registry: Registry,
  tool: string,
  version: string,
  reason: string,
  person: string,
): Promise<void> {
  const retired: Retirement = { at: registry.clock().toISOString(), by: person, reason };
  await registry.db.transaction(async (tx) => {
    const known = (await listPublished(tx)).find((one) => one.tool === tool && one.version === version);
    if (!known) throw new EntenteError('not-found', `this node publishes no ${tool} ${version}`);
    if (known.retired)
      throw new EntenteError('conflict', `${tool} ${version} was taken back at ${known.retired.at}`);
    await tx.run(
      'UPDATE tool_published SET retired = ? WHERE tool = ? AND version = ?',
      JSON.stringify(retired),
      tool,
      version,
    );
    await appendLeaf(tx, registry.clock, 'tool', { act: 'withdrawn', tool, version, sha256: known.sha256 });
  });
}
