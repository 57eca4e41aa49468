import { EntenteError } from '../../base/index.ts';
import { showAgreement } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'agreement show',
  usage: 'ID [--document]',
  options: { document: { type: 'boolean', help: 'print the document as it is signed' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the agreement');
      const { document, ...view } = await showAgreement(registry, id);
      if (invocation.flag('document')) {
        terminal.out(JSON.stringify(document, null, invocation.json ? 0 : 2));
        return 0;
      }
      if (invocation.json) {
        terminal.out(JSON.stringify(view));
        return 0;
      }
      const { style } = terminal;
      terminal.out(style.bold(view.title));
      terminal.out(`${view.id}, version ${view.version}`);
      terminal.out(`state    ${style.bold(view.state)}: ${view.because}`);
      terminal.out(`term     ${view.from} until ${view.until}`);
      terminal.out(`parties  ${view.parties.join(', ')}`);
      for (const { party, name, at } of view.signed) terminal.out(`signed   ${name} for ${party}, ${at}`);
      for (const missing of view.missing) terminal.out(`missing  ${missing}`);
      if (view.next) {
        const waits =
          view.next.missing.length > 0
            ? `to be signed by ${view.next.missing.join(', ')}`
            : 'signed, not yet begun';
        terminal.out(`next     version ${view.next.version}: ${waits}`);
      }
      if (view.renewalWaitsFor.length > 0)
        terminal.out(`renewal  to be agreed to by ${view.renewalWaitsFor.join(', ')}`);
      if (view.predecessor) terminal.out(`follows  ${view.predecessor}`);
      terminal.out(`digest   ${view.digest}`);
      terminal.out('');
      for (const [i, flow] of document.flows.entries()) {
        terminal.out(
          `flows[${i}]  ${flow.title}: ${flow.from} to ${flow.to.join(', ')}; ${flow.categories.join(', ')}; up to TLP:${flow.tlp.toUpperCase()}; for ${flow.purposes.join(', ')}`,
        );
      }
      for (const [i, service] of document.services.entries()) {
        terminal.out(
          `services[${i}]  ${service.title}: ${service.from} to ${service.to.join(', ')}; ${service.quota.amount} ${service.quota.unit} a ${service.quota.per}`,
        );
      }
      return 0;
    }),
};
