/** What the other kinds of events show. A kind that is not here shows nothing that STIX has a word for. */
import type { Event } from '../event.ts';
import { numberOf, type Observables, textOf, textsOf } from './observables.ts';
import { registryKey } from './windows.ts';

type Show = (event: Event, shown: Observables) => void;

/** Both ends; a name stands in where there is no address. */
function traffic(event: Event, shown: Observables, more: Readonly<Record<string, unknown>> = {}): void {
  shown.add('network-traffic', {
    src_ref: shown.host(textOf(event, 'src_ip') ?? textOf(event, 'c-ip')),
    dst_ref: shown.host(textOf(event, 'dst_ip') ?? textOf(event, 's-ip') ?? textOf(event, 'cs-host')),
    src_port: numberOf(event, 'src_port'),
    dst_port: numberOf(event, 'dst_port') ?? numberOf(event, 's-port'),
    ...more,
  });
}

const request: Show = (event, shown) => {
  const uri = textOf(event, 'cs-uri');
  const stem = textOf(event, 'cs-uri-stem');
  const search = textOf(event, 'cs-uri-query');
  const host = textOf(event, 'cs-host');
  if (uri !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(uri)) shown.add('url', { value: uri });
  shown.host(host);
  const header = Object.entries({
    'User-Agent': textOf(event, 'cs-user-agent'),
    Host: host,
    Referer: textOf(event, 'cs-referer'),
    'Content-Type': textOf(event, 'cs-content-type'),
  }).filter(([, value]) => value !== undefined);
  const value = stem === undefined ? uri : search === undefined ? stem : `${stem}?${search}`;
  traffic(event, shown, {
    protocols: ['tcp', 'http'],
    extensions: {
      'http-request-ext': {
        request_method: textOf(event, 'cs-method')?.toLowerCase(),
        request_value: value,
        ...(header.length > 0 ? { request_header: Object.fromEntries(header) } : {}),
      },
    },
  });
};

const flow: Show = (event, shown) => {
  const protocols = [textOf(event, 'protocol'), textOf(event, 'application')].flatMap(
    (name) => name?.toLowerCase() ?? [],
  );
  traffic(event, shown, {
    protocols,
    src_byte_count: numberOf(event, 'bytes_sent'),
    dst_byte_count: numberOf(event, 'bytes_received'),
    src_packets: numberOf(event, 'packets_sent'),
    dst_packets: numberOf(event, 'packets_received'),
  });
};

const dns: Show = (event, shown) => {
  const answers = (textOf(event, 'QueryResults') ?? '').split(';').slice(0, 100);
  const resolved = answers.flatMap((one) => shown.host(one.trim() || undefined) ?? []);
  shown.add('domain-name', {
    value: textOf(event, 'QueryName')?.replace(/\.$/, ''),
    resolves_to_refs: resolved.length > 0 ? resolved : undefined,
  });
  traffic(event, shown, { protocols: [textOf(event, 'transport') ?? 'udp', 'dns'] });
};

const tls: Show = (event, shown) => {
  shown.host(textOf(event, 'server_name'));
  traffic(event, shown, { protocols: ['tcp', 'tls'] });
};

const visit: Show = (event, shown) => {
  for (const name of ['url', 'tab_url', 'referrer']) shown.add('url', { value: textOf(event, name) });
  if (event.kind === 'download') shown.file(textOf(event, 'path'));
};

/** `Name <user@example.org>, other@example.org` */
function addresses(shown: Observables, texts: readonly string[]): string[] {
  const found = texts.flatMap(
    (text) => text.slice(0, 100_000).match(/[^\s<>,;:"()]{1,64}@[^\s<>,;:"()]{1,255}/g) ?? [],
  );
  return found.flatMap((value) => shown.add('email-addr', { value }) ?? []);
}

const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

const mail: Show = (event, shown) => {
  const digests = textsOf(event, 'attachment_sha256');
  const parts = textsOf(event, 'attachment_names').map((name, i) => {
    const body_raw_ref = shown.add('file', { name, hashes: digests[i] && { 'SHA-256': digests[i] } });
    return { body_raw_ref, content_disposition: `attachment; filename="${name}"` };
  });
  shown.add('email-message', {
    is_multipart: parts.length > 0,
    from_ref: addresses(shown, textsOf(event, 'from'))[0],
    sender_ref: addresses(shown, textsOf(event, 'sender'))[0],
    to_refs: some(addresses(shown, textsOf(event, 'to'))),
    cc_refs: some(addresses(shown, textsOf(event, 'cc'))),
    bcc_refs: some(addresses(shown, textsOf(event, 'bcc'))),
    message_id: textOf(event, 'message_id'),
    subject: textOf(event, 'subject'),
    body: textOf(event, 'body'),
    received_lines: some(textsOf(event, 'received')),
    body_multipart: some(parts),
  });
};

const VALUE = 'value.';

const registry: Show = (event, shown) => {
  const values = Object.entries(event.fields)
    .filter(([name]) => name.startsWith(VALUE))
    .slice(0, 500)
    .map(([name, data]) => ({
      name: name.slice(VALUE.length),
      data: Array.isArray(data) ? data.join(' ') : String(data),
    }));
  const path = textOf(event, 'path');
  if (path !== undefined) shown.add('windows-registry-key', { key: registryKey(path), values: some(values) });
};

/** Prefetch: the program, and the files that it loaded. */
const execution: Show = (event, shown) => {
  const name = textOf(event, 'executable');
  shown.add('process', { name, image_ref: shown.file(textOf(event, 'path') ?? name) });
  for (const path of textsOf(event, 'files')) shown.file(path);
};

const fileAt =
  (...names: readonly string[]): Show =>
  (event, shown) => {
    const path = names.flatMap((name) => textOf(event, name) ?? [])[0];
    if (path !== undefined) shown.file(path, { size: numberOf(event, 'size') });
  };

const command: Show = (event, shown) => void shown.add('process', { command_line: textOf(event, 'command') });

const logIn: Show = (event, shown) => {
  if (event.user !== null) shown.account(event.user);
  const src_ref = shown.host(textOf(event, 'address'));
  if (src_ref !== undefined) shown.add('network-traffic', { src_ref });
};

export const OF_KIND: Readonly<Record<string, Show>> = {
  'http-request': request,
  'web-request': request,
  'proxy-request': request,
  'iis-request': request,
  dns,
  tls,
  flow,
  'web-visit': visit,
  download: visit,
  mail,
  'registry-key': registry,
  'program-execution': execution,
  'file-deleted': fileAt('path'),
  link: fileAt('local_path', 'network_path', 'relative_path'),
  'shell-command': command,
  'login-record': logIn,
};
