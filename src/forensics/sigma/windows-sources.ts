/** Windows channels and event numbers in Sigma's words (taxonomy appendix of the specification, and the rule set's use of it). */
import type { Event, FieldValue } from '../event.ts';
import type { FieldMap } from './view.ts';

const SYSMON = 'microsoft-windows-sysmon/operational';
const POWERSHELL = ['microsoft-windows-powershell/operational', 'powershellcore/operational'];
export const DEFENDER = 'microsoft-windows-windows defender/operational';

/** Service to channels; a channel can serve two services. */
const SERVICE_CHANNELS: Readonly<Record<string, readonly string[]>> = {
  security: ['security'],
  system: ['system'],
  application: ['application'],
  sysmon: [SYSMON],
  powershell: POWERSHELL,
  'powershell-classic': ['windows powershell'],
  'appmodel-runtime': ['microsoft-windows-appmodel-runtime/admin'],
  applocker: [
    'microsoft-windows-applocker/msi and script',
    'microsoft-windows-applocker/exe and dll',
    'microsoft-windows-applocker/packaged app-deployment',
    'microsoft-windows-applocker/packaged app-execution',
  ],
  'appxdeployment-server': ['microsoft-windows-appxdeploymentserver/operational'],
  'appxpackaging-om': ['microsoft-windows-appxpackaging/operational'],
  'bits-client': ['microsoft-windows-bits-client/operational'],
  capi2: ['microsoft-windows-capi2/operational'],
  'certificateservicesclient-lifecycle-system': [
    'microsoft-windows-certificateservicesclient-lifecycle-system/operational',
  ],
  'codeintegrity-operational': ['microsoft-windows-codeintegrity/operational'],
  dhcp: ['microsoft-windows-dhcp-server/operational'],
  'diagnosis-scripted': ['microsoft-windows-diagnosis-scripted/operational'],
  'dns-client': [
    'microsoft-windows-dns client events/operational',
    'microsoft-windows-dns-client/operational',
  ],
  'dns-server': ['dns server'],
  'dns-server-analytic': ['microsoft-windows-dns-server/analytical'],
  'dns-server-audit': ['microsoft-windows-dns-server/audit'],
  'driver-framework': ['microsoft-windows-driverframeworks-usermode/operational'],
  'firewall-as': ['microsoft-windows-windows firewall with advanced security/firewall'],
  'hyper-v-worker': ['microsoft-windows-hyper-v-worker/admin', 'microsoft-windows-hyper-v-worker-admin'],
  'iis-configuration': ['microsoft-iis-configuration/operational'],
  'kernel-event-tracing': ['microsoft-windows-kernel-eventtracing/admin'],
  'kernel-shimengine': [
    'microsoft-windows-kernel-shimengine/operational',
    'microsoft-windows-kernel-shimengine/diagnostic',
  ],
  ldap: ['microsoft-windows-ldap-client/debug'],
  ldap_debug: ['microsoft-windows-ldap-client/debug'],
  'lsa-server': ['microsoft-windows-lsa/operational'],
  'microsoft-servicebus-client': ['microsoft-servicebus-client', 'microsoft-servicebus-client/operational'],
  'msexchange-management': ['msexchange management'],
  'ntfs-operational': ['microsoft-windows-ntfs/operational'],
  ntlm: ['microsoft-windows-ntlm/operational'],
  openssh: ['openssh/operational'],
  'printservice-admin': ['microsoft-windows-printservice/admin'],
  'printservice-operational': ['microsoft-windows-printservice/operational'],
  'security-mitigations': [
    'microsoft-windows-security-mitigations/kernel mode',
    'microsoft-windows-security-mitigations/user mode',
  ],
  sense: ['microsoft-windows-sense/operational'],
  'servicebus-client': ['microsoft-servicebus-client', 'microsoft-servicebus-client/operational'],
  'shell-core': ['microsoft-windows-shell-core/operational'],
  'smbclient-connectivity': ['microsoft-windows-smbclient/connectivity'],
  'smbclient-security': ['microsoft-windows-smbclient/security'],
  'smbserver-connectivity': ['microsoft-windows-smbserver/connectivity'],
  taskscheduler: ['microsoft-windows-taskscheduler/operational'],
  'terminalservices-localsessionmanager': [
    'microsoft-windows-terminalservices-localsessionmanager/operational',
  ],
  vhdmp: ['microsoft-windows-vhdmp/operational'],
  windefend: [DEFENDER],
  wmi: ['microsoft-windows-wmi-activity/operational'],
};

/** Channel, in lower case, to the services it is. */
export const WINDOWS_SERVICES: ReadonlyMap<string, readonly string[]> = (() => {
  const byChannel = new Map<string, string[]>();
  for (const [service, channels] of Object.entries(SERVICE_CHANNELS)) {
    for (const channel of channels) byChannel.set(channel, [...(byChannel.get(channel) ?? []), service]);
  }
  return byChannel;
})();

export interface WindowsCategory {
  readonly category: string;
  readonly channels: readonly string[];
  readonly ids: readonly string[];
  /** Present when the events name their fields otherwise than the category does. */
  readonly fields?: FieldMap;
}

const text = (event: Event, name: string): string => String(event.field(name) ?? '');

/** Integrity levels are well-known SIDs in the Security log ([MS-DTYP] §2.4.2.4). */
const INTEGRITY: Readonly<Record<string, string>> = {
  'S-1-16-0': 'Untrusted',
  'S-1-16-4096': 'Low',
  'S-1-16-8192': 'Medium',
  'S-1-16-8448': 'MediumPlus',
  'S-1-16-12288': 'High',
  'S-1-16-16384': 'System',
};

function userOf(event: Event, prefix: 'Subject' | 'Target'): FieldValue | undefined {
  const name = event.field(`${prefix}UserName`);
  if (name === undefined) return undefined;
  const domain = text(event, `${prefix}DomainName`);
  return domain === '' || domain === '-' ? name : `${domain}\\${name}`;
}

/** Security 4688 in Sysmon's words. */
const PROCESS_CREATION: FieldMap = new Map<string, string | ((event: Event) => FieldValue | undefined)>([
  ['Image', 'NewProcessName'],
  ['ParentImage', 'ParentProcessName'],
  ['ProcessId', 'NewProcessId'],
  ['ParentProcessId', 'ProcessId'],
  ['LogonId', 'SubjectLogonId'],
  ['User', (event) => userOf(event, 'Subject')],
  ['IntegrityLevel', (event) => INTEGRITY[text(event, 'MandatoryLabel')] ?? event.field('MandatoryLabel')],
]);

/** `\REGISTRY\MACHINE\…` as Sysmon writes it: `HKLM\…`. */
function registryPath(event: Event): FieldValue | undefined {
  const key = event.field('ObjectName');
  if (key === undefined) return undefined;
  const path = String(key)
    .replace(/^\\REGISTRY\\MACHINE(?=\\|$)/i, 'HKLM')
    .replace(/^\\REGISTRY\\USER(?=\\|$)/i, 'HKU');
  const value = text(event, 'ObjectValueName');
  return value === '' || value === '-' ? path : `${path}\\${value}`;
}

/** Security 4657. */
const REGISTRY: FieldMap = new Map<string, string | ((event: Event) => FieldValue | undefined)>([
  ['TargetObject', registryPath],
  ['Details', 'NewValue'],
  ['Image', 'ProcessName'],
  ['User', (event) => userOf(event, 'Subject')],
]);

/** Security 5156; `%%14593` is "outbound". */
const CONNECTION: FieldMap = new Map<string, string | ((event: Event) => FieldValue | undefined)>([
  ['Image', 'Application'],
  ['SourceIp', 'SourceAddress'],
  ['DestinationIp', 'DestAddress'],
  ['DestinationPort', 'DestPort'],
  ['Initiated', (event) => (text(event, 'Direction') === '%%14593' ? 'true' : 'false')],
]);

const ANTIVIRUS: FieldMap = new Map([
  ['Signature', 'Threat Name'],
  ['Filename', 'Path'],
  ['User', 'Detection User'],
]);

/** Microsoft Defender writes blanks into names; rules write the same names without. */
export const DEFENDER_FIELDS: FieldMap = new Map(
  [
    ...['Product Name', 'Product Version', 'Detection ID', 'Detection Time', 'Detection User', 'Threat ID'],
    ...['Threat Name', 'Severity ID', 'Severity Name', 'Category ID', 'Category Name', 'Status Code'],
    ...['Status Description', 'Source ID', 'Source Name', 'Process Name', 'Origin ID', 'Origin Name'],
    ...['Execution ID', 'Execution Name', 'Type ID', 'Type Name', 'Pre Execution Status', 'Action ID'],
    ...['Action Name', 'Error Code', 'Error Description', 'Post Clean Status', 'Additional Actions ID'],
    ...['Additional Actions String', 'Remediation User', 'Engine Version', 'Signature Version', 'New Value'],
    ...[
      'Old Value',
      'Feature Name',
      'Feature ID',
      'Involved File',
      'Target Commandline',
      'Parent Commandline',
    ],
  ].map((name) => {
    const plain = name.replaceAll(' ', '');
    return [plain, (event: Event) => event.field(plain) ?? event.field(name)];
  }),
);

const sysmon = (category: string, ...ids: string[]): WindowsCategory => ({
  category,
  channels: [SYSMON],
  ids,
});

export const WINDOWS_CATEGORIES: readonly WindowsCategory[] = [
  sysmon('process_creation', '1'),
  sysmon('file_change', '2'),
  sysmon('network_connection', '3'),
  sysmon('sysmon_status', '4', '16'),
  sysmon('process_termination', '5'),
  sysmon('driver_load', '6'),
  sysmon('image_load', '7'),
  sysmon('create_remote_thread', '8'),
  sysmon('raw_access_thread', '9'),
  sysmon('process_access', '10'),
  sysmon('file_event', '11'),
  sysmon('registry_add', '12'),
  sysmon('registry_delete', '12'),
  sysmon('registry_set', '13'),
  sysmon('registry_rename', '14'),
  sysmon('registry_event', '12', '13', '14'),
  sysmon('create_stream_hash', '15'),
  sysmon('pipe_created', '17', '18'),
  sysmon('wmi_event', '19', '20', '21'),
  sysmon('dns_query', '22'),
  sysmon('file_delete', '23', '26'),
  sysmon('file_delete_detected', '26'),
  sysmon('clipboard_capture', '24'),
  sysmon('process_tampering', '25'),
  sysmon('file_block_executable', '27'),
  sysmon('file_block_shredding', '28'),
  sysmon('file_executable_detected', '29'),
  sysmon('sysmon_error', '255'),
  { category: 'ps_module', channels: POWERSHELL, ids: ['4103'] },
  { category: 'ps_script', channels: POWERSHELL, ids: ['4104'] },
  { category: 'ps_classic_start', channels: ['windows powershell'], ids: ['400'] },
  { category: 'ps_classic_provider_start', channels: ['windows powershell'], ids: ['600'] },
  { category: 'ps_classic_script', channels: ['windows powershell'], ids: ['800'] },
  { category: 'process_creation', channels: ['security'], ids: ['4688'], fields: PROCESS_CREATION },
  { category: 'registry_set', channels: ['security'], ids: ['4657'], fields: REGISTRY },
  { category: 'registry_event', channels: ['security'], ids: ['4657'], fields: REGISTRY },
  { category: 'network_connection', channels: ['security'], ids: ['5156'], fields: CONNECTION },
  { category: 'antivirus', channels: [DEFENDER], ids: ['1006', '1007', '1116', '1117'], fields: ANTIVIRUS },
];
