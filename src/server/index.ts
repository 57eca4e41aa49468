export { buildApp } from './app.ts';
export { lastAddress, type RunningNode, startNode } from './node.ts';
export { FIRST_ROLES, isRole, ROLES, type Role } from './roles.ts';
export { invite, wasEverInvited } from './sessions.ts';
