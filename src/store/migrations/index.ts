import type { Migration } from '../contract.ts';
import { migration as node } from './0001-node.ts';
import { migration as taxii } from './0002-taxii.ts';
import { migration as evidence } from './0003-evidence.ts';
import { migration as intelligence } from './0004-intelligence.ts';
import { migration as custody } from './0005-custody.ts';
import { migration as timeline } from './0006-timeline.ts';
import { migration as desk } from './0007-desk.ts';
import { migration as operations } from './0008-operations.ts';
import { migration as people } from './0009-people.ts';
import { migration as permissions } from './0010-permissions.ts';
import { migration as narrowTables } from './0011-narrow-tables.ts';
import { migration as tools } from './0012-tools.ts';
import { migration as openid } from './0013-openid.ts';
import { migration as findingNotes } from './0014-finding-notes.ts';
import { migration as identifierKeys } from './0015-identifier-keys.ts';
import { migration as work } from './0016-work.ts';
import { migration as operationFigures } from './0017-operation-figures.ts';

export const MIGRATIONS: readonly Migration[] = [
  node,
  taxii,
  evidence,
  intelligence,
  custody,
  timeline,
  desk,
  operations,
  people,
  permissions,
  narrowTables,
  tools,
  openid,
  findingNotes,
  identifierKeys,
  work,
  operationFigures,
];
