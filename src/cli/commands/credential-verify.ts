import { readFileSync } from 'node:fs';
import { EntenteError } from '../../base/index.ts';
import { verifyCredential } from '../../desk/index.ts';
import { listPeers } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'credential verify',
  usage: 'FILE [--status-list FILE] [--holder ADDRESS]',
  details:
    'Exit code 1 when it does not hold or was revoked; 3 when it holds and no list of revoked ones was given.',
  options: {
    'status-list': { type: 'string', value: 'FILE', help: 'the issuer’s list of revoked credentials' },
    holder: { type: 'string', value: 'ADDRESS', help: 'whose it must be' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const read = (path: string) => {
        try {
          return readFileSync(path, 'utf8');
        } catch (cause) {
          throw new EntenteError('file-unreadable', `${path} cannot be read`, { where: path, cause });
        }
      };
      const path = invocation.positionals[0];
      if (!path) throw new EntenteError('usage', 'name the file with the credential');
      const trusted = [registry.identity.publicJwk, ...(await listPeers(registry.db)).map(({ jwk }) => jwk)];
      const list = invocation.string('status-list');
      const holder = invocation.string('holder');
      const verdict = await verifyCredential(read(path), trusted, registry.clock(), {
        ...(list === undefined ? {} : { statusList: read(list) }),
        ...(holder === undefined ? {} : { holder }),
      });
      if (invocation.json) terminal.out(JSON.stringify(verdict));
      else {
        terminal.out(
          `"${verdict.name}", issued by ${verdict.issuerName} (${verdict.issuerKey}) at ${verdict.issuedAt}`,
        );
        terminal.out(
          `revocation: ${verdict.revocation}${verdict.listedAt ? `, by the list of ${verdict.listedAt}` : ''}`,
        );
        if (verdict.holder !== null)
          terminal.out(verdict.holder ? 'it is that person’s' : 'it is NOT that person’s');
      }
      if (verdict.revocation === 'revoked' || verdict.holder === false) return 1;
      return verdict.revocation === 'unknown' ? 3 : 0;
    }),
};
