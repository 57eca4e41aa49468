/** Windows events: Sysmon, and those of the Security log that say the same. By channel and number, as Microsoft documents their fields. */
import type { Event } from '../event.ts';
import { numberOf, type Observables, textOf } from './observables.ts';

type Show = (event: Event, shown: Observables) => void;

export function ofWindowsEvent(event: Event, shown: Observables): void {
  const channel = (textOf(event, 'Channel') ?? '').toLowerCase();
  TABLES[channel]?.[textOf(event, 'EventID') ?? '']?.(event, shown);
}

const HASH_NAMES: Readonly<Record<string, string>> = {
  MD5: 'MD5',
  SHA1: 'SHA-1',
  SHA256: 'SHA-256',
};

/** `SHA1=…,MD5=…,IMPHASH=…`; what STIX has no name for is left out, and so is a digest that was not taken (all zeros). */
function hashes(event: Event, name: string): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  for (const [, algorithm, digest] of (textOf(event, name) ?? '').matchAll(
    /(\w{1,16})=([0-9A-Fa-f]{32,128})/g,
  )) {
    const known = HASH_NAMES[algorithm!.toUpperCase()];
    if (known !== undefined && !/^0+$/.test(digest!)) found[known] = digest!.toLowerCase();
  }
  return Object.keys(found).length > 0 ? found : undefined;
}

/** STIX 2.1 has no name of a process, but patterns written for 2.0 ask for it. */
function process(
  shown: Observables,
  image: string | undefined,
  said: Readonly<Record<string, unknown>>,
  digests?: Readonly<Record<string, string>>,
): string | undefined {
  const name = image?.slice(image.lastIndexOf('\\') + 1);
  const image_ref = image === undefined ? undefined : shown.file(image, { hashes: digests });
  return shown.add('process', { name, image_ref, ...said });
}

const acting = (event: Event, shown: Observables) =>
  process(shown, textOf(event, 'Image'), { pid: numberOf(event, 'ProcessId') });

const sysmonProcess: Show = (event, shown) => {
  const parent_ref = process(shown, textOf(event, 'ParentImage'), {
    command_line: textOf(event, 'ParentCommandLine'),
    pid: numberOf(event, 'ParentProcessId'),
  });
  const said = {
    command_line: textOf(event, 'CommandLine'),
    cwd: textOf(event, 'CurrentDirectory'),
    pid: numberOf(event, 'ProcessId'),
    creator_user_ref: shown.account(textOf(event, 'User')),
    parent_ref,
  };
  process(shown, textOf(event, 'Image'), said, hashes(event, 'Hashes'));
};

/** Security 4688: `ProcessId` is the creator's. */
const securityProcess: Show = (event, shown) => {
  const parent_ref = process(shown, textOf(event, 'ParentProcessName'), {
    pid: numberOf(event, 'ProcessId'),
  });
  process(shown, textOf(event, 'NewProcessName'), {
    command_line: textOf(event, 'CommandLine'),
    pid: numberOf(event, 'NewProcessId'),
    creator_user_ref: shown.account(textOf(event, 'SubjectUserName')),
    parent_ref,
  });
};

const connection: Show = (event, shown) => {
  const protocol = textOf(event, 'Protocol')?.toLowerCase();
  const dst_ref = shown.host(textOf(event, 'DestinationIp'));
  const name = shown.host(textOf(event, 'DestinationHostname'));
  const traffic = {
    src_port: numberOf(event, 'SourcePort'),
    dst_port: numberOf(event, 'DestinationPort'),
    protocols: protocol === undefined ? undefined : [protocol],
    src_ref: shown.host(textOf(event, 'SourceIp')),
    dst_ref: dst_ref ?? name,
  };
  const key = shown.add('network-traffic', traffic);
  process(shown, textOf(event, 'Image'), {
    pid: numberOf(event, 'ProcessId'),
    opened_connection_refs: key === undefined ? undefined : [key],
  });
};

const written =
  (path: string, digests: string): Show =>
  (event, shown) => {
    shown.file(textOf(event, path), { hashes: hashes(event, digests) });
    acting(event, shown);
  };

const HIVES: readonly (readonly [RegExp, string])[] = [
  [/^(?:HKLM|\\REGISTRY\\MACHINE)(?=\\|$)/i, 'HKEY_LOCAL_MACHINE'],
  [/^(?:HKU|\\REGISTRY\\USER)(?=\\|$)/i, 'HKEY_USERS'],
  [/^HKCR(?=\\|$)/i, 'HKEY_CLASSES_ROOT'],
  [/^HKCU(?=\\|$)/i, 'HKEY_CURRENT_USER'],
];

/** STIX wants the names of hives written out (§6.17). */
export function registryKey(path: string): string {
  for (const [start, hive] of HIVES) if (start.test(path)) return path.replace(start, hive);
  return path;
}

const keyChanged: Show = (event, shown) => {
  const key = textOf(event, 'TargetObject');
  if (key !== undefined) shown.add('windows-registry-key', { key: registryKey(key) });
  acting(event, shown);
};

/** The name of the value is the last part of the object's. */
const valueSet: Show = (event, shown) => {
  const target = textOf(event, 'TargetObject');
  const at = target?.lastIndexOf('\\') ?? -1;
  if (target !== undefined && at > 0)
    shown.add('windows-registry-key', {
      key: registryKey(target.slice(0, at)),
      values: [
        { name: target.slice(at + 1), data: textOf(event, 'Details') ?? textOf(event, 'NewName') ?? '' },
      ],
    });
  acting(event, shown);
};

const securityValue: Show = (event, shown) => {
  const key = textOf(event, 'ObjectName');
  if (key !== undefined)
    shown.add('windows-registry-key', {
      key: registryKey(key),
      values: [{ name: textOf(event, 'ObjectValueName') ?? '', data: textOf(event, 'NewValue') ?? '' }],
    });
  process(shown, textOf(event, 'ProcessName'), { pid: numberOf(event, 'ProcessId') });
};

/** Results are `type:  5 name;::ffff:192.0.2.1;`. */
const query: Show = (event, shown) => {
  const answers = (textOf(event, 'QueryResults') ?? '').split(';').slice(0, 100);
  const resolved = answers.flatMap((one) => shown.host(one.replace(/^type:\s*\d+\s+/, '').trim()) ?? []);
  shown.add('domain-name', {
    value: textOf(event, 'QueryName')?.replace(/\.$/, ''),
    resolves_to_refs: resolved.length > 0 ? resolved : undefined,
  });
  acting(event, shown);
};

const logOn: Show = (event, shown) => {
  shown.account(textOf(event, 'TargetUserName'), { user_id: textOf(event, 'TargetUserSid') });
  const src_ref = shown.host(textOf(event, 'IpAddress'));
  if (src_ref !== undefined) shown.add('network-traffic', { src_ref, src_port: numberOf(event, 'IpPort') });
};

const TABLES: Readonly<Record<string, Readonly<Record<string, Show>>>> = {
  'microsoft-windows-sysmon/operational': {
    1: sysmonProcess,
    2: written('TargetFilename', 'Hashes'),
    3: connection,
    5: (event, shown) => void acting(event, shown),
    6: (event, shown) => void shown.file(textOf(event, 'ImageLoaded'), { hashes: hashes(event, 'Hashes') }),
    7: written('ImageLoaded', 'Hashes'),
    11: written('TargetFilename', 'Hashes'),
    12: keyChanged,
    13: valueSet,
    14: keyChanged,
    15: written('TargetFilename', 'Hash'),
    22: query,
    23: written('TargetFilename', 'Hashes'),
    26: written('TargetFilename', 'Hashes'),
    29: written('TargetFilename', 'Hashes'),
  },
  security: { 4624: logOn, 4625: logOn, 4657: securityValue, 4688: securityProcess },
};
