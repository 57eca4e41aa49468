import type { Migration } from '../contract.ts';
import { migration as node } from './0001-node.ts';

export const MIGRATIONS: readonly Migration[] = [node];
