import { EntenteError } from '../../base/index.ts';
import { makeBundle, type Withheld } from '../../cases/index.ts';
import { stampCheckpoint } from '../../exchange/index.ts';
import { releaseClassOf } from '../../intel/index.ts';
import { timeAuthority } from '../../registry/index.ts';
import { caseNamed } from '../case-named.ts';
import { CIRCUMSTANCES, circumstancesOf } from '../circumstances.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { formatBytes } from '../terminal.ts';

export const command: Command = {
  name: 'evidence bundle',
  usage: 'CASE --out FILE.zip',
  details: `
The bundle holds the exhibits, their chain of custody, runs and findings, the agreements relied on, and inclusion proofs under a signed
checkpoint of this node's ledger. \`entente verify FILE.zip\` checks it anywhere, offline; so does the page that is put in it and beside it.

Whether a finding that rests on a peer's intelligence may be used as evidence is asked of the agreement with that peer now. What it denies is left
out and counted; what needs a permission is marked so. An exhibit can be withheld whole (--withhold) or only its bytes (--withhold-bytes), with
a reason; what is disclosed still verifies, and says that and why something is not there.`,
  options: {
    out: { type: 'string', value: 'FILE', help: 'where to write it' },
    'digests-only': { type: 'boolean', help: 'the digests of the exhibits, not their bytes' },
    withhold: {
      type: 'string',
      value: 'NUMBER=REASON',
      multiple: true,
      help: 'leave out an exhibit with its record, custody and findings',
    },
    'withhold-bytes': {
      type: 'string',
      value: 'NUMBER=REASON',
      multiple: true,
      help: 'leave out the bytes of an exhibit',
    },
    timestamp: { type: 'boolean', help: 'have the ledger time-stamped for it (`entente ledger timestamp`)' },
    ...CIRCUMSTANCES,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.positionals[0];
      if (!name) throw new EntenteError('usage', 'name the case');
      const file = await caseNamed(registry, name, invocation, terminal);
      const authority = invocation.flag('timestamp') ? await timeAuthority(registry.db) : null;
      if (invocation.flag('timestamp') && !authority)
        throw new EntenteError(
          'usage',
          'no time-stamping authority is known; `entente ledger timestamp --authority URL` names one',
        );
      const made = await makeBundle(registry, file, invocation.required('out'), {
        digestsOnly: invocation.flag('digests-only'),
        withhold: [
          ...invocation.strings('withhold').map((text) => withheld('exhibit', text)),
          ...invocation.strings('withhold-bytes').map((text) => withheld('bytes', text)),
        ],
        classOf: (indicator) => releaseClassOf(registry, indicator),
        page: true,
        ...(authority ? { stamp: () => stampCheckpoint(registry, authority) } : {}),
        said: circumstancesOf(invocation, 'a bundle that others can verify'),
      });
      if (invocation.json) terminal.out(JSON.stringify(made));
      else {
        terminal.out(
          `${made.file}  ${formatBytes(made.sizeBytes)}, ${made.exhibits} exhibits, ${made.findings} findings, ${made.leaves} proofs`,
        );
        if (made.withheldFindings > 0) terminal.out(`${made.withheldFindings} findings are withheld`);
        terminal.out(
          made.witnesses.length > 0
            ? `cosigned by ${made.witnesses.join(', ')}`
            : 'no witness has cosigned this ledger yet (`entente sync` asks for it)',
        );
        if (made.timestamps > 0) terminal.out(`with ${made.timestamps} time-stamps of authorities`);
        terminal.out(`SHA-256 ${made.sha256}`);
        terminal.out(`${made.page}  verifies it in a browser, offline`);
      }
      return 0;
    }),
};

function withheld(what: Withheld['what'], text: string): Withheld {
  const [, number, why] = /^([1-9][0-9]{0,8})=(.+)$/.exec(text) ?? [];
  if (!number || !why)
    throw new EntenteError('usage', `"${text.slice(0, 60)}" is not like 3=under seal until the hearing`);
  return { what, number: Number(number), why };
}
