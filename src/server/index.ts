export { buildApp } from './app.ts';
export { type RunningNode, startNode } from './node.ts';
export { invite, wasEverInvited } from './sign-in.ts';
