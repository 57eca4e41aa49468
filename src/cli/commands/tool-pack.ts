import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EntenteError } from '../../base/index.ts';
import { type Manifest, notAPackage, packTool, parseManifest, parsePackage } from '../../desk/index.ts';
import { assertSelfTests, runSelfTests } from '../../exchange/tools/index.ts';
import type { Command } from '../command.ts';
import { formatBytes } from '../terminal.ts';

export const command: Command = {
  name: 'tool pack',
  usage: 'FOLDER [--out FILE] [--record]',
  details: `
The folder has \`tool.json\` and the files that it names; docs/guides/write-a-tool.md says what stands in it. The same folder gives the
same package, byte for byte.

  entente tool pack tools/ransomware-triage --out ransomware-triage.tool`,
  options: {
    out: { type: 'string', value: 'FILE', help: 'where the package goes (default: ID-VERSION.tool)' },
    record: {
      type: 'boolean',
      help: 'write what the self-tests give into tool.json, as what is expected; look at it first',
    },
  },
  async run(invocation, terminal) {
    const folder = invocation.positionals[0];
    if (!folder) throw new EntenteError('usage', 'name the folder with tool.json');
    const path = join(folder, 'tool.json');
    let manifest = readManifest(path);
    const files = readFiles(folder, manifest);
    const packed = () => parsePackage(packTool(manifest, files));
    const reports = await runSelfTests(packed());
    if (invocation.flag('record')) {
      const selfTests = manifest.selfTests.map((test, i) => ({ ...test, outputs: reports[i]!.outputs }));
      manifest = { ...manifest, selfTests };
      writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
      for (const { name, outputs, issues } of reports)
        terminal.note(
          `${name}: ${outputs.map((output) => output.name).join(', ') || 'no outputs'}${outputs.length === 0 && issues[0] ? ` (${issues[0].message})` : ''}`,
        );
    } else assertSelfTests(packed(), reports);
    const bytes = packTool(manifest, files);
    const out = invocation.string('out') ?? `${manifest.id}-${manifest.version}.tool`;
    writeFileSync(out, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const { id, version, kind } = manifest;
    if (invocation.json)
      terminal.out(JSON.stringify({ file: out, id, version, kind, sha256, sizeBytes: bytes.length }));
    else
      terminal.out(
        `${out}  ${kind} ${id} ${version}, ${formatBytes(bytes.length)}, ${reports.length} self-tests hold\n${sha256}`,
      );
    return 0;
  },
};

function readManifest(path: string): Manifest {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new EntenteError('file-unreadable', `${path} cannot be read`, { where: path, cause });
  }
  try {
    return parseManifest(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof EntenteError) throw cause;
    throw new EntenteError('json-syntax', `${path} is no JSON`, { where: path, cause });
  }
}

/** Only what the manifest names, and no links: what is packed lies in the folder. */
function readFiles(folder: string, manifest: Manifest): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const path of [...manifest.content, ...manifest.selfTests.flatMap((test) => test.inputs)]) {
    const full = join(folder, path);
    const found = path.split('/').includes('..') ? undefined : lstatSync(full, { throwIfNoEntry: false });
    if (!found?.isFile())
      throw notAPackage(`${path} is named in tool.json and is no file in ${folder}`, [
        { code: 'missing', path, message: 'is no file in the folder' },
      ]);
    files.set(path, readFileSync(full));
  }
  return files;
}
