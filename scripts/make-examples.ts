/**
 * Writes the story's inputs under examples/: one campaign's intelligence as a STIX 2.1 bundle, and the evidence of one victim. All of it
 * is invented here: names end in .example, addresses are those reserved for documentation (RFC 5737, RFC 2606).
 * Running it again gives the same bytes.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const ROOT = resolve(import.meta.dirname, '../examples');

/** A UUID (version 4 layout) that depends on the name alone. */
function uuid(name: string): string {
  const hex = createHash('sha256').update(`entente examples ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The TLP 2.0 marking definitions, whose identifiers OASIS has fixed. */
const TLP = {
  clear: 'marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487',
  green: 'marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb',
  amber: 'marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421',
  red: 'marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1',
} as const;
const TLP_EXTENSION = 'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d';

const MADE = '2026-10-05T08:00:00.000Z';
const author = `identity--${uuid('northlight')}`;

interface Sdo {
  type: string;
  id: string;
  [property: string]: unknown;
}

function sdo(type: string, key: string, tlp: keyof typeof TLP, properties: Record<string, unknown>): Sdo {
  return {
    type,
    spec_version: '2.1',
    id: `${type}--${uuid(`${type} ${key}`)}`,
    created_by_ref: author,
    created: MADE,
    modified: MADE,
    ...properties,
    object_marking_refs: [TLP[tlp]],
  };
}

function indicator(
  key: string,
  tlp: keyof typeof TLP,
  name: string,
  pattern: string,
  description: string,
): Sdo {
  return sdo('indicator', key, tlp, {
    name,
    description,
    indicator_types: ['malicious-activity'],
    pattern,
    pattern_type: 'stix',
    valid_from: '2026-09-20T00:00:00Z',
    valid_until: '2027-09-20T00:00:00Z',
    confidence: 85,
  });
}

function relationship(tlp: keyof typeof TLP, type: string, source: Sdo, target: Sdo): Sdo {
  return sdo('relationship', `${type} ${source.id} ${target.id}`, tlp, {
    relationship_type: type,
    source_ref: source.id,
    target_ref: target.id,
  });
}

function marking(tlp: keyof typeof TLP): Sdo {
  return {
    type: 'marking-definition',
    spec_version: '2.1',
    id: TLP[tlp],
    created: '2022-10-01T00:00:00.000Z',
    name: `TLP:${tlp.toUpperCase()}`,
    extensions: { [TLP_EXTENSION]: { extension_type: 'property-extension', tlp_2_0: tlp } },
  };
}

/** The stealer's loader: bytes without any function, whose digest is one of the indicators. */
const loader = Buffer.from(
  Array.from({ length: 4096 }, (_, i) =>
    i < 24 ? 'ENTENTE EXAMPLE, HARMLESS'.charCodeAt(i) : (i * 31 + (i >> 3)) & 0xff,
  ),
);
const loaderSha256 = createHash('sha256').update(loader).digest('hex');

function intelligence(): { type: string; id: string; objects: unknown[] } {
  const malware = sdo('malware', 'glimmer', 'green', {
    name: 'GlimmerThief',
    description: 'Credential stealer that arrives as a delivery notice.',
    malware_types: ['spyware'],
    is_family: true,
  });
  const campaign = sdo('campaign', 'lanternfish', 'green', {
    name: 'Lanternfish',
    description: 'Delivery-notice phishing against logistics companies, autumn 2026.',
    first_seen: '2026-09-18T00:00:00Z',
  });
  const domain = indicator(
    'domain',
    'green',
    'Lanternfish delivery domain',
    "[domain-name:value = 'parcel-lantern.example']",
    'Landing page of the phishing mails.',
  );
  const url = indicator(
    'url',
    'amber',
    'Lanternfish loader download',
    "[url:value = 'http://cdn.parcel-lantern.example/track/update.bin']",
    'The loader is fetched from here.',
  );
  const ipv4 = indicator(
    'ipv4',
    'amber',
    'GlimmerThief command server',
    "[ipv4-addr:value = '203.0.113.77']",
    'Answers on port 8443.',
  );
  const ipv6 = indicator(
    'ipv6',
    'amber',
    'GlimmerThief command server, IPv6',
    "[ipv6-addr:value = '2001:db8:5a::77']",
    'The same server.',
  );
  const file = indicator(
    'file',
    'green',
    'GlimmerThief loader',
    `[file:hashes.'SHA-256' = '${loaderSha256}']`,
    'First stage.',
  );
  const sender = indicator(
    'email',
    'amber',
    'Lanternfish sender',
    "[email-addr:value = 'dispatch@parcel-lantern.example']",
    'Sender of the phishing mails.',
  );
  const name = indicator(
    'file name',
    'green',
    'GlimmerThief note',
    "[file:name = 'glimmer_readme.txt']",
    'Dropped beside the stolen data.',
  );
  // What an informant gave: known to the company, shown to nobody under the example agreement.
  const panel = indicator(
    'panel',
    'red',
    'GlimmerThief operator panel',
    "[domain-name:value = 'panel.glimmer-ops.example']",
    'From a source at risk. Do not share.',
  );
  const relations = [
    ...[domain, url, ipv4, ipv6, file, sender, name].map((from) =>
      relationship('green', 'indicates', from, malware),
    ),
    relationship('green', 'uses', campaign, malware),
    relationship('amber', 'indicates', panel, malware), // marked amber by mistake: it names a red object and must not cross
  ];
  const openReport = sdo('report', 'open', 'green', {
    name: 'Lanternfish: what to look for',
    report_types: ['campaign', 'indicator'],
    published: MADE,
    object_refs: [campaign.id, malware.id, domain.id, url.id, ipv4.id, file.id],
  });
  const closedReport = sdo('report', 'closed', 'green', {
    name: 'Lanternfish: who is behind it',
    report_types: ['threat-actor'],
    published: MADE,
    object_refs: [campaign.id, panel.id], // green, but it names a red object
  });
  const identity = {
    type: 'identity',
    spec_version: '2.1',
    id: author,
    created: MADE,
    modified: MADE,
    name: 'Northlight Security',
    identity_class: 'organization',
    object_marking_refs: [TLP.clear],
  };
  return {
    type: 'bundle',
    id: `bundle--${uuid('lanternfish')}`,
    objects: [
      ...(['clear', 'green', 'amber', 'red'] as const).map(marking),
      identity,
      campaign,
      malware,
      domain,
      url,
      ipv4,
      ipv6,
      file,
      sender,
      name,
      panel,
      ...relations,
      openReport,
      closedReport,
    ],
  };
}

/** Squid's native log format: a morning at a logistics company, with three visits that matter. */
function proxyLog(): string {
  const sites = [
    'news.example',
    'maps.example',
    'rail-times.example',
    'notparcel-lantern.example',
    'weather.example',
    'parcel-lantern.example.org',
  ];
  const start = 1_790_755_200; // 2026-09-30T08:00:00Z
  const lines: string[] = [];
  for (let i = 0; i < 400; i++) {
    const site = sites[(i * 7 + (i >> 2)) % sites.length]!;
    const client = `10.20.1.${10 + (i % 40)}`;
    lines.push(
      line(
        start + i * 11,
        40 + ((i * 13) % 400),
        client,
        'TCP_MISS/200',
        900 + ((i * 37) % 9000),
        'GET',
        `http://${site}/page/${i % 50}`,
        `198.51.100.${(i % 200) + 1}`,
      ),
    );
  }
  const hits = [
    line(
      start + 1_843,
      212,
      '10.20.1.23',
      'TCP_MISS/200',
      18_240,
      'GET',
      'http://www.parcel-lantern.example/notice?id=7731',
      '198.51.100.9',
    ),
    line(
      start + 1_851,
      644,
      '10.20.1.23',
      'TCP_MISS/200',
      4_096,
      'GET',
      'http://cdn.parcel-lantern.example/track/update.bin',
      '198.51.100.9',
    ),
    line(
      start + 1_902,
      90_113,
      '10.20.1.23',
      'TCP_TUNNEL/200',
      71_332,
      'CONNECT',
      '203.0.113.77:8443',
      '203.0.113.77',
    ),
  ];
  return [...lines, ...hits]
    .sort()
    .map((text) => `${text}\n`)
    .join('');

  function line(
    at: number,
    ms: number,
    client: string,
    result: string,
    bytes: number,
    method: string,
    url: string,
    server: string,
  ): string {
    return `${at}.${String(at % 997).padStart(3, '0')} ${String(ms).padStart(6)} ${client} ${result} ${bytes} ${method} ${url} - HIER_DIRECT/${server} text/html`;
  }
}

const MAIL = [
  'Return-Path: <dispatch@parcel-lantern.example>',
  'Received: from mx.parcel-lantern.example ([203.0.113.80]) by mail.harbour-freight.example; Wed, 30 Sep 2026 10:28:41 +0200',
  'From: "Parcel Dispatch" <dispatch@parcel-lantern.example>',
  'To: "M. Okafor" <m.okafor@harbour-freight.example>',
  'Subject: Your delivery could not be completed',
  'Date: Wed, 30 Sep 2026 10:28:40 +0200',
  'Message-ID: <20260930082840.7731@parcel-lantern.example>',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Dear customer,',
  '',
  'we could not deliver your parcel. Please confirm your address:',
  'http://www.parcel-lantern.example/notice?id=7731',
  '',
  'Dispatch office',
  '',
].join('\r\n');

/** Written by the victim's desktop in UTF-16, as Windows tools do. */
const NOTE = [
  'What I saw on Wednesday',
  '',
  'The page www.parcel-lantern.example asked for my password twice.',
  'Afterwards there was a file glimmer_readme.txt on the desktop.',
  'صفحة التسليم طلبت كلمة المرور مرتين.',
  '',
].join('\r\n');

function dnsLog(): string {
  const names = [
    'time.example',
    'mail.harbour-freight.example',
    'maps.example',
    'cdn.parcel-lantern.example',
    'rail-times.example',
  ];
  return Array.from({ length: 120 }, (_, i) => {
    const name = i === 77 ? names[3]! : names[i % 3]!;
    return `2026-09-30T08:${String(10 + Math.floor(i / 4)).padStart(2, '0')}:${String((i % 4) * 15).padStart(2, '0')}Z 10.20.1.${10 + (i % 40)} query A ${name}.\n`;
  }).join('');
}

function write(path: string, content: string | Uint8Array): void {
  const full = join(ROOT, path);
  mkdirSync(resolve(full, '..'), { recursive: true });
  writeFileSync(full, content);
}

write('intelligence/lanternfish.json', `${JSON.stringify(intelligence(), null, 2)}\n`);
write('evidence/proxy.log', proxyLog());
write('evidence/delivery-notice.eml', MAIL);
write(
  'evidence/workstation/witness-note.txt',
  Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(NOTE, 'utf16le')]),
);
write('evidence/workstation/dns.log.gz', gzipSync(dnsLog(), { level: 9 }));
write('evidence/workstation/downloads/update.bin', loader);
write('evidence/workstation/downloads/packing-list.csv', 'item,quantity\ncrate,12\npallet,3\n');
