export { buildApp } from './app.ts';
export { lastAddress, type RunningNode, startNode } from './node.ts';
export { CALLBACK_PATH, type OpenIdSettings, openIdSettings, setOpenId } from './openid-settings.ts';
export { FIRST_ROLES, isRole, ROLES, type Role } from './roles.ts';
export { invite, wasEverInvited } from './sessions.ts';
