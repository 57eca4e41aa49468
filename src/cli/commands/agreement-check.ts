import { readFile } from 'node:fs/promises';
import {
  checkAgreement,
  fillTemplate,
  parseDraft,
  standIns,
  templatePlaceholders,
} from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'agreement check',
  usage: 'FILE',
  details:
    'FILE is a draft as commented YAML or JSON, or a template whose places are filled in later. Works without a node. Exit 0: it can be signed; 1: it cannot, with every reason.',
  options: {},
  async run(invocation, terminal) {
    const file = invocation.positionals[0];
    if (!file) throw new EntenteError('usage', 'name the draft');
    const text = await readFile(file, 'utf8');
    const open = templatePlaceholders(text);
    const draft = open.length > 0 ? fillTemplate(text, standIns(text), file) : parseDraft(text, file);
    const { issues } = checkAgreement(draft);
    const faults = issues.filter((issue) => issue.severity !== 'warning');
    if (invocation.json) terminal.out(JSON.stringify({ ok: faults.length === 0, issues, open }));
    else {
      for (const issue of issues) {
        const label =
          issue.severity === 'warning' ? terminal.style.yellow('note') : terminal.style.red('fault');
        terminal.out(`${label}  ${issue.path || '(whole)'}: ${issue.message}`);
      }
      if (open.length > 0) terminal.note(`filled in when it is drafted: ${open.join(', ')}`);
      terminal.out(
        faults.length === 0
          ? terminal.style.green(
              open.length > 0 ? 'can be signed once its places are filled in' : 'can be signed',
            )
          : `${faults.length} faults; it cannot be signed`,
      );
    }
    return faults.length === 0 ? 0 : 1;
  },
};
