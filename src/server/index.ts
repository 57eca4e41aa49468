export { buildApp } from './app.ts';
export { lastAddress, type RunningNode, startNode } from './node.ts';
export { invite, wasEverInvited } from './sign-in.ts';
