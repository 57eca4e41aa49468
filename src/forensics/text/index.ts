export { accessLog, squid } from './access-log.ts';
export { audit } from './audit.ts';
export { csv } from './csv.ts';
export { jsonDocument, jsonLines } from './json.ts';
export { bashHistory, fishHistory, zshHistory } from './shell-history.ts';
export { syslog } from './syslog.ts';
export { w3c } from './w3c.ts';
