/** Every command by its words, loaded when used so that the start stays fast. */
import type { Command } from '../command.ts';

const load = (file: string) => async (): Promise<Command> =>
  ((await import(file)) as { command: Command }).command;

export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  up: load('./up.ts'),
  demo: load('./demo.ts'),
  match: load('./match.ts'),
  import: load('./import.ts'),
  verdicts: load('./verdicts.ts'),
  sync: load('./sync.ts'),
  'peer add': load('./peer-add.ts'),
  'peer list': load('./peer-list.ts'),
  'agreement new': load('./agreement-new.ts'),
  'agreement sign': load('./agreement-sign.ts'),
  'agreement show': load('./agreement-show.ts'),
  'agreement list': load('./agreement-list.ts'),
  'agreement suspend': load('./agreement-suspend.ts'),
  'agreement resume': load('./agreement-resume.ts'),
  'agreement end': load('./agreement-end.ts'),
  'object list': load('./object-list.ts'),
  'delivery list': load('./delivery-list.ts'),
  recall: load('./recall.ts'),
  'recall status': load('./recall-status.ts'),
  'agreement verify': load('./agreement-verify.ts'),
  'agreement decide': load('./agreement-decide.ts'),
  'case new': load('./case-new.ts'),
  'case list': load('./case-list.ts'),
  'evidence add': load('./evidence-add.ts'),
  'evidence list': load('./evidence-list.ts'),
  'evidence custody': load('./evidence-custody.ts'),
  'evidence run': load('./evidence-run.ts'),
  'evidence bundle': load('./evidence-bundle.ts'),
  verify: load('./verify.ts'),
  'outcome send': load('./outcome-send.ts'),
  'outcome list': load('./outcome-list.ts'),
  'ledger head': load('./ledger-head.ts'),
  'ledger list': load('./ledger-list.ts'),
  'ledger verify': load('./ledger-verify.ts'),
  'stix validate': load('./stix-validate.ts'),
  invite: load('./invite.ts'),
};
