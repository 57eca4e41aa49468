/**
 * Which log source an event belongs to, in Sigma's words, and what Sigma's field names are called there.
 *
 * An event can belong to several at once: a process start in the Security log is `service: security` with its own
 * names, and `category: process_creation` with Sysmon's. Each is a view; rules of the view's source run on it.
 * The tables follow the taxonomy appendix of the Sigma specification.
 */
import type { Event } from '../event.ts';
import type { LogSource } from './rule.ts';
import type { FieldMap, View } from './view.ts';
import { DEFENDER, DEFENDER_FIELDS, WINDOWS_CATEGORIES, WINDOWS_SERVICES } from './windows-sources.ts';

/** Whether a rule for this source concerns the view: everything that the rule names must be so. */
export function isSourceOf(source: LogSource, view: View): boolean {
  if (source.product !== null && source.product !== view.product) return false;
  if (source.category !== null && !view.categories.includes(source.category)) return false;
  return source.service === null || view.services.includes(source.service);
}

/** Channels and providers are the writer's to choose: what is remembered of them is bounded. */
const KEYS_MAX = 10_000;

/** Tells the views of events, and remembers those of each channel and event number. */
export class LogSources {
  readonly #windows = new Map<string, readonly View[]>();

  viewsOf(event: Event): readonly View[] {
    if (event.kind !== 'windows-event') return OTHER_KINDS[event.kind] ?? byContent(event);
    const channel = String(event.field('Channel') ?? '');
    const id = String(event.field('EventID') ?? '');
    const key = `${channel}\0${id}`;
    let views = this.#windows.get(key);
    if (views === undefined) {
      views = windowsViews(channel.toLowerCase(), id);
      if (this.#windows.size < KEYS_MAX) this.#windows.set(key, views);
    }
    return views;
  }
}

function windowsViews(channel: string, id: string): readonly View[] {
  const services = WINDOWS_SERVICES.get(channel) ?? [];
  const native: string[] = [];
  const views: View[] = [];
  for (const entry of WINDOWS_CATEGORIES) {
    if (!entry.channels.includes(channel) || !entry.ids.includes(id)) continue;
    if (entry.fields === undefined) native.push(entry.category);
    else views.push(view('windows', [entry.category], [], entry.fields, `${channel}/${id}`));
  }
  const fields = channel === DEFENDER ? DEFENDER_FIELDS : null;
  return [view('windows', native, services, fields), ...views];
}

function view(
  product: string | null,
  categories: readonly string[],
  services: readonly string[],
  fields: FieldMap | null = null,
  more = '',
): View {
  const key = [product ?? '', categories.join('+'), services.join('+'), fields === null ? '' : more].join(
    '|',
  );
  return { key, product, categories, services, fields };
}

const renamed = (names: Readonly<Record<string, string>>): FieldMap => new Map(Object.entries(names));

/** Proxy logs are asked for the whole address, which web server logs give in parts. */
const PROXY_FIELDS = renamed({
  'c-useragent': 'cs-user-agent',
  'c-uri': 'cs-uri',
  'r-dns': 'cs-host',
  'c-uri-stem': 'cs-uri-stem',
  'c-uri-query': 'cs-uri-query',
  src_ip: 'c-ip',
  dst_ip: 's-ip',
});

const DNS_FIELDS = renamed({
  query: 'QueryName',
  record_type: 'QueryType',
  answer: 'QueryResults',
  QueryName: 'QueryName',
});

/** Kinds of events that belong to one source whatever they contain. */
const OTHER_KINDS: Readonly<Record<string, readonly View[]>> = {
  'web-request': [view(null, ['webserver'], ['apache', 'nginx'])],
  'iis-request': [view('windows', ['webserver'], ['iis'])],
  'proxy-request': [view(null, ['proxy'], ['squid'], PROXY_FIELDS)],
  'http-request': [view(null, ['proxy'], [], PROXY_FIELDS), view('zeek', [], ['http'])],
  dns: [view(null, ['dns'], [], DNS_FIELDS), view('zeek', [], ['dns'], DNS_FIELDS)],
  flow: [view(null, ['firewall', 'network_connection'], [])],
  audit: [view('linux', [], ['auditd'])],
};

/** Programs whose messages Sigma knows as services of their own. */
const SYSLOG_SERVICES: readonly string[] = [
  'sshd',
  'sudo',
  'cron',
  'vsftpd',
  'clamav',
  'guacamole',
  'auth',
  'su',
];
const SYSLOG_VIEWS = new Map(
  [...SYSLOG_SERVICES, ''].map((name) => [
    name,
    [
      view(
        'linux',
        [],
        name === ''
          ? ['syslog']
          : ['syslog', name, ...(name === 'sshd' || name === 'sudo' || name === 'su' ? ['auth'] : [])],
      ),
    ],
  ]),
);

/** Records of services, told by the fields that only they have. */
const SHAPES: readonly { readonly all: readonly string[]; readonly views: readonly View[] }[] = [
  { all: ['eventSource', 'eventName', 'awsRegion'], views: [view('aws', [], ['cloudtrail'])] },
  { all: ['protoPayload.serviceName', 'logName'], views: [view('gcp', [], ['gcp.audit'])] },
  {
    all: ['id.applicationName', 'kind'],
    views: [view('gcp', [], ['google_workspace.admin', 'google_workspace.login'])],
  },
  { all: ['legacyEventType', 'eventType', 'published'], views: [view('okta', [], ['okta'])] },
  {
    all: ['userPrincipalName', 'appDisplayName', 'conditionalAccessStatus'],
    views: [view('azure', [], ['signinlogs'])],
  },
  { all: ['riskEventType', 'riskState'], views: [view('azure', [], ['riskdetection'])] },
  { all: ['activityDisplayName', 'loggedByService'], views: [view('azure', [], ['auditlogs', 'pim'])] },
  {
    all: ['operationName', 'resourceId', 'category'],
    views: [view('azure', [], ['activitylogs', 'auditlogs', 'signinlogs'])],
  },
  {
    all: ['Workload', 'Operation', 'UserKey'],
    views: [view('m365', [], ['threat_management', 'audit', 'exchange', 'threat_detection'])],
  },
  { all: ['auditID', 'verb', 'stage'], views: [view('kubernetes', ['application'], ['audit'])] },
  { all: ['action', 'actor', '_document_id'], views: [view('github', [], ['audit'])] },
  { all: ['auditType.action', 'auditType.category'], views: [view('bitbucket', [], ['audit'])] },
  { all: ['logtype', 'node_id'], views: [view('opencanary', ['application'], [])] },
  { all: ['event_type_id', 'account_id'], views: [view('onelogin', [], ['onelogin.events'])] },
];

const ANY_APPLICATION = [view(null, ['application'], [])];

function byContent(event: Event): readonly View[] {
  if (event.kind === 'syslog') {
    const program = String(event.field('program') ?? '').toLowerCase();
    return SYSLOG_VIEWS.get(program === 'crond' ? 'cron' : program) ?? SYSLOG_VIEWS.get('')!;
  }
  const shape = SHAPES.find(({ all }) => all.every((name) => event.field(name) !== undefined));
  if (shape !== undefined) return shape.views;
  const zeek = event.field('_path');
  return typeof zeek === 'string' && zeek.length < 64 ? [view('zeek', [zeek], [zeek])] : ANY_APPLICATION;
}
