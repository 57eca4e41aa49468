import { readFileSync } from 'node:fs';
import { EntenteError } from '../../base/index.ts';
import { stampCheckpoint } from '../../exchange/index.ts';
import { listTimestamps, setTimeAuthority, timeAuthority } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'ledger timestamp',
  usage: '[--authority URL [--certificate FILE.pem]] [--list]',
  details: `
Asks the authority (RFC 3161) to sign that the present checkpoint existed, and keeps the answer; bundles carry it, so that others see that
nothing was dated back. Only a digest goes to the authority. \`--authority\` is remembered; with \`--certificate\`, its answers
count only when they lead to that certificate. \`--list\` shows what was confirmed so far and asks nobody.`,
  options: {
    authority: { type: 'string', value: 'URL', help: 'which authority to ask, now and from now on' },
    certificate: { type: 'string', value: 'FILE', help: 'the certificate, in PEM, that it must lead to' },
    list: { type: 'boolean', help: 'what was confirmed so far' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      if (invocation.flag('list')) {
        const stamps = await listTimestamps(registry.db);
        if (invocation.json)
          for (const { size, at, authority, token } of stamps)
            terminal.out(
              JSON.stringify({ size, at, authority, token: Buffer.from(token).toString('base64') }),
            );
        else
          for (const line of table(
            ['leaves', 'at', 'authority'],
            stamps.map(({ size, at, authority }) => [String(size), at, authority]),
          ))
            terminal.out(line);
        return 0;
      }
      const url = invocation.string('authority');
      const file = invocation.string('certificate');
      if (url === undefined && file !== undefined)
        throw new EntenteError('usage', '--certificate goes with --authority');
      if (url !== undefined) {
        if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
          throw new EntenteError('usage', `"${url.slice(0, 200)}" is no http or https address`);
        let certificates: string | null = null;
        if (file !== undefined) {
          const { certificatesIn } = await import('../../ledger/timestamp.ts');
          certificates = readFileSync(file, 'utf8');
          certificatesIn(certificates);
        }
        await setTimeAuthority(registry, { url, certificates });
      }
      const authority = await timeAuthority(registry.db);
      if (!authority)
        throw new EntenteError('usage', 'no authority is known yet; name one with --authority URL');
      const stamp = await stampCheckpoint(registry, authority);
      const { size, at, authority: name } = stamp;
      terminal.out(
        invocation.json
          ? JSON.stringify({ size, at, authority: name })
          : `${name} confirms the ledger of ${size} leaves at ${at}`,
      );
      return 0;
    }),
};
