import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EntenteError } from '../../base/index.ts';
import { attachmentsIn, requireRequest } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { requestJson, showRequest } from '../request-view.ts';

export const command: Command = {
  name: 'request show',
  usage: 'REQUEST [--save FOLDER]',
  options: {
    save: { type: 'string', value: 'FOLDER', help: 'write its attachments there, each under its digest' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the request; `entente request list` shows them');
      const request = await requireRequest(registry.db, id);
      if (invocation.json) terminal.out(JSON.stringify(requestJson(request, registry.clock())));
      else await showRequest(registry, request, terminal);
      const folder = invocation.string('save');
      if (folder === undefined) return 0;
      for (const { step } of request.steps) {
        const { body } = step;
        for (const { name, sha256, base64 } of attachmentsIn(body)) {
          const path = join(folder, `${sha256.slice(0, 12)}-${name}`);
          try {
            writeFileSync(path, Buffer.from(base64, 'base64'));
          } catch (cause) {
            throw new EntenteError('file-unreadable', `${path} cannot be written`, { where: path, cause });
          }
          terminal.note(`wrote ${path}`);
        }
      }
      return 0;
    }),
};
