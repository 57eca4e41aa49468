import { EntenteError } from '../../base/index.ts';
import { showAgreement, takeSigned } from '../../registry/index.ts';
import { readAgreementFile } from '../agreement-file.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'agreement receive',
  usage: 'FILE',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const file = invocation.positionals[0];
      if (!file) throw new EntenteError('usage', 'name the file');
      const signed = await readAgreementFile(file);
      await takeSigned(registry, signed);
      const { document: _document, ...view } = await showAgreement(registry, signed.agreement.id);
      if (invocation.json) terminal.out(JSON.stringify(view));
      else terminal.out(`${view.title} is ${terminal.style.bold(view.state)}: ${view.because}`);
      return 0;
    }),
};
