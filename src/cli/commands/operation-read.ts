import { writeFile } from 'node:fs/promises';
import { EntenteError } from '../../base/index.ts';
import { sendInOperation } from '../../exchange/index.ts';
import { readPackage } from '../../operations/index.ts';
import { operationCommand } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation read',
    usage: 'OPERATION PACKAGE --out FILE.html',
    options: { out: { type: 'string', value: 'FILE', help: 'where to write it' } },
  },
  async ({ registry, operation, invocation, rest }) => {
    const [id] = rest;
    if (!id) throw new EntenteError('usage', 'name the package; `entente operation packages` lists them');
    const out = invocation.required('out');
    const { file, contents } = await readPackage(registry, operation, id, sendInOperation(registry));
    await writeFile(out, file, { mode: 0o600 });
    return {
      value: { package: id, items: contents.items.length, file: out },
      lines: [`${out}: ${contents.items.length} items; open it in a browser`],
    };
  },
);
