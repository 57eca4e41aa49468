import { PAP_LEVELS, PERSONAL_DATA_CLASSES, TLP_LEVELS } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { offerExhibit, requireExhibit } from '../../cases/index.ts';
import { pushMessages, sendAboutEvidence } from '../../exchange/index.ts';
import { requirePeer } from '../../registry/index.ts';
import { caseNamed } from '../case-named.ts';
import { CIRCUMSTANCES, circumstancesOf } from '../circumstances.ts';
import type { Command, Invocation } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'evidence transfer',
  usage: 'CASE NUMBER --to PEER',
  details: `
An agreement in force must allow data of a case of this class to go to the peer. The offer is a custody event and a leaf here; the acceptance is one in
the peer's ledger, and each names the other. Until it has come, the exhibit is in this node's hands. Unless said otherwise, the class
is the strictest: TLP:RED, PAP:RED, personal data of suspects.`,
  options: {
    to: { type: 'string', value: 'PEER', help: 'the peer, by name, key or address' },
    return: { type: 'boolean', help: 'give it back to the node that it came from' },
    tlp: { type: 'string', value: 'LEVEL', help: TLP_LEVELS.join(', ') },
    pap: { type: 'string', value: 'LEVEL', help: PAP_LEVELS.join(', ') },
    'personal-data': { type: 'string', value: 'CLASS', help: PERSONAL_DATA_CLASSES.join(', ') },
    ...CIRCUMSTANCES,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const [name, number] = invocation.positionals;
      if (!name || !number) throw new EntenteError('usage', 'name the case and the number of the exhibit');
      const peer = await requirePeer(registry.db, invocation.required('to'));
      const file = await caseNamed(registry, name, invocation, terminal);
      const transfer = await offerExhibit(
        registry,
        await requireExhibit(registry, file.id, number),
        peer,
        {
          category: 'case-data',
          tlp: oneOf(invocation, 'tlp', TLP_LEVELS, 'red'),
          pap: oneOf(invocation, 'pap', PAP_LEVELS, 'red'),
          personalData: oneOf(invocation, 'personal-data', PERSONAL_DATA_CLASSES, 'suspect'),
        },
        circumstancesOf(invocation, `transfer to ${peer.name}`),
        sendAboutEvidence(registry),
        { isReturn: invocation.flag('return') },
      );
      const { waiting, problems } = await pushMessages(registry);
      if (invocation.json) terminal.out(JSON.stringify(transfer));
      else {
        terminal.out(`${transfer.id}  exhibit ${number} is offered to ${peer.name}`);
        if (waiting > 0) terminal.out('the offer waits until the peer can be reached or asks');
      }
      for (const problem of problems) terminal.note(problem);
      return 0;
    }),
};

function oneOf<T extends string>(invocation: Invocation, name: string, words: readonly T[], otherwise: T): T {
  const said = invocation.string(name);
  if (said === undefined) return otherwise;
  const word = words.find((one) => one === said);
  if (!word) throw new EntenteError('usage', `--${name} takes one of: ${words.join(', ')}`);
  return word;
}
