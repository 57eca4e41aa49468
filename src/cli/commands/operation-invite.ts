import { EntenteError } from '../../base/index.ts';
import { sendInOperation } from '../../exchange/index.ts';
import { inviteParty } from '../../operations/index.ts';
import { requirePeer } from '../../registry/index.ts';
import { operationCommand } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation invite',
    usage: 'OPERATION PEER --role ROLE [--covers FR AS64500 192.0.2.0/24 …]',
    details: `
police  gets all targets of the countries it covers
cert    gets the victims in the countries or networks it covers, and no case data; one package for each autonomous system
company gives targets, and sees what came of its own
observer is in the knowledge room only
An agreement between both nodes has to be in force; what it has no clause for does not cross.`,
    options: {
      role: { type: 'string', value: 'ROLE', help: 'police, cert, company, observer' },
      covers: {
        type: 'string',
        many: true,
        value: 'CODE|ASN|CIDR',
        help: 'countries (ISO 3166-1), for a CERT also networks: AS64500, 192.0.2.0/24',
      },
      language: {
        type: 'string',
        value: 'LANG',
        help: 'ar, en (default), fr, es: the language of its reports',
      },
      'time-zone': { type: 'string', value: 'ZONE', help: 'such as Africa/Dakar (default UTC)' },
    },
  },
  async ({ registry, operation, invocation, rest }) => {
    const [asked] = rest;
    if (!asked) throw new EntenteError('usage', 'name the peer to invite');
    const peer = await requirePeer(registry.db, asked);
    const party = await inviteParty(
      registry,
      operation,
      peer,
      {
        role: invocation.required('role'),
        covers: invocation.strings('covers'),
        language: invocation.string('language') ?? 'en',
        timeZone: invocation.string('time-zone') ?? 'UTC',
      },
      sendInOperation(registry),
    );
    return {
      value: { ...party, peerName: peer.name },
      lines: [
        `${peer.name} is invited as ${party.role}${party.covers.length > 0 ? ` for ${party.covers.join(', ')}` : ''}`,
      ],
    };
  },
);
