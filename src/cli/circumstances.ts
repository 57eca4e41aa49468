/** The options by which a person says who acts on evidence, why, and in what condition it is; they go into the custody event. */
import { userInfo } from 'node:os';
import { EntenteError } from '../base/index.ts';
import type { Circumstances, Counterparty } from '../cases/index.ts';
import type { Invocation, Option } from './command.ts';

export const CIRCUMSTANCES: Readonly<Record<string, Option>> = {
  person: { type: 'string', value: 'NAME', help: 'who does this (default: the system’s user name)' },
  role: { type: 'string', value: 'TEXT', help: 'in which role' },
  purpose: { type: 'string', value: 'TEXT', help: 'why' },
  authority: { type: 'string', value: 'TEXT', help: 'under which warrant, order or law' },
  place: { type: 'string', value: 'TEXT', help: 'where' },
  seal: { type: 'string', value: 'TEXT', help: 'number and condition of the seal' },
  storage: { type: 'string', value: 'TEXT', help: 'how and where the original is stored' },
  change: { type: 'string', value: 'TEXT', help: 'what the act changed, if anything (with --justification)' },
  justification: { type: 'string', value: 'TEXT', help: 'why the change was right' },
  restriction: { type: 'string', value: 'TEXT', multiple: true, help: 'what may not be done with it' },
  clock: { type: 'string', value: 'TEXT', help: 'how this node’s time is kept, and how far off it is' },
};

/** @throws EntenteError `usage` when a change has no justification, or the other way round */
export function circumstancesOf(invocation: Invocation, purpose: string): Circumstances {
  const change = invocation.string('change');
  const justification = invocation.string('justification');
  if ((change === undefined) !== (justification === undefined))
    throw new EntenteError('usage', '--change and --justification go together');
  const restrictions = invocation.strings('restriction');
  return {
    person: invocation.string('person') ?? userInfo().username,
    purpose: invocation.string('purpose') ?? purpose,
    ...given('role', invocation.string('role')),
    ...given('authority', invocation.string('authority')),
    ...given('place', invocation.string('place')),
    ...given('seal', invocation.string('seal')),
    ...given('storage', invocation.string('storage')),
    ...given('clockSource', invocation.string('clock')),
    ...(restrictions.length > 0 ? { restrictions } : {}),
    ...(change === undefined ? {} : { change: { what: change, justification: justification! } }),
  };
}

function given<K extends keyof Circumstances>(key: K, value: string | undefined): Pick<Circumstances, K> {
  return (value === undefined ? {} : { [key]: value }) as Pick<Circumstances, K>;
}

/** "Organisation" or "Organisation/Person", as `--from` says it. */
export function counterpartyOf(text: string): Counterparty {
  const [organisation, ...person] = text.split('/').map((part) => part.trim());
  if (!organisation) throw new EntenteError('usage', 'name the organisation that handed it over');
  return { organisation, person: person.join('/') || null, key: null };
}
