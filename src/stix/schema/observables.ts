/** STIX Cyber-observable Objects (STIX 2.1 §6): a table each, with the properties their deterministic id is made from. */
import {
  binary,
  boolean,
  dictionary,
  enumeration,
  type Field,
  hashes,
  hex,
  identifier,
  integer,
  integerIn,
  list,
  must,
  natural,
  openVocab,
  type Rule,
  string,
  stringShould,
  text,
  timestamp,
} from '../fields.ts';
import {
  isCpe,
  isDomainName,
  isEmailAddress,
  isIpv4,
  isIpv6,
  isMacAddress,
  isMediaType,
  isUri,
} from '../formats.ts';
import { atLeastOneOf, inOrder, needs, notTogether, record } from '../records.ts';
import { isCharset, isLanguageTag } from '../registries.ts';
import { excerpt } from '../report.ts';
import { isObservable } from './kinds.ts';
import { observable } from './object-types.ts';

const mediaType = stringShould('a media type like text/plain is recommended', isMediaType);
const charset = text('3.9.1', 'a character set of the IANA registry, by its preferred name', isCharset);
const artifactRef = identifier(['artifact']);
const emailRef = identifier(['email-addr']);
const emailRefs = list(emailRef);
const userRef = identifier(['user-account']);
const asRefs = list(identifier(['autonomous-system']));
const macRefs = list(identifier(['mac-addr']));

export const artifact = observable(
  'artifact',
  '6.1.1',
  ['hashes', 'payload_bin'],
  {
    mime_type: mediaType,
    payload_bin: binary,
    url: text('6.1.1', 'a URL (RFC 3986)', isUri),
    hashes,
    encryption_algorithm: enumeration('encryption-algorithm-enum'),
    decryption_key: string,
  },
  [
    atLeastOneOf('payload_bin', 'url'),
    notTogether('payload_bin', 'url'),
    needs('url', 'hashes'),
    needs('decryption_key', 'encryption_algorithm'),
  ],
);

export const autonomousSystem = observable('autonomous-system', '6.2.1', ['number'], {
  number: must(integer),
  name: string,
  rir: string,
});

export const directory = observable(
  'directory',
  '6.3.1',
  ['path'],
  {
    path: must(string),
    path_enc: charset,
    ctime: timestamp,
    mtime: timestamp,
    atime: timestamp,
    contains_refs: list(identifier(['file', 'directory'])),
  },
  [needs('path_enc', 'path', '3.1')],
);

/** RFC 1034 and RFC 5890; an underscore is in use and stands in neither. */
const domainValue: Field<string> = {
  check(value, report) {
    hostName.check(value, report);
    if (report.wantsWarnings && typeof value === 'string' && value.includes('_')) {
      report.warn('recommended', `${excerpt(value)} has an underscore, which no host name has (RFC 5890)`);
    }
  },
};
const hostName = text('6.4.1', 'a domain name (RFC 1034, RFC 5890)', isDomainName);

export const domainName = observable('domain-name', '6.4.1', ['value'], {
  value: must(domainValue),
  resolves_to_refs: list(identifier(['ipv4-addr', 'ipv6-addr', 'domain-name'])),
});

export const emailAddress = observable('email-addr', '6.5.1', ['value'], {
  value: must(text('6.5.1', 'an email address without display name (RFC 5322 addr-spec)', isEmailAddress)),
  display_name: string,
  belongs_to_ref: userRef,
});

const mimePart = record(
  '6.6.2',
  {
    body: string,
    body_raw_ref: identifier(['artifact', 'file']),
    content_type: string,
    content_disposition: string,
  },
  [atLeastOneOf('body', 'body_raw_ref'), notTogether('body', 'body_raw_ref')],
);

const bodyFitsParts: Rule = (object, report) => {
  const isMultipart = object['is_multipart'];
  if (isMultipart === true && Object.hasOwn(object, 'body')) {
    report.errorAt('body', 'combination', 'body must not be used when is_multipart is true');
  }
  if (isMultipart === false && Object.hasOwn(object, 'body_multipart')) {
    report.errorAt(
      'body_multipart',
      'combination',
      'body_multipart must not be used when is_multipart is false',
    );
  }
};

export const emailMessage = observable(
  'email-message',
  '6.6.1',
  ['from_ref', 'subject', 'body'],
  {
    is_multipart: must(boolean),
    date: timestamp,
    content_type: string,
    from_ref: emailRef,
    sender_ref: emailRef,
    to_refs: emailRefs,
    cc_refs: emailRefs,
    bcc_refs: emailRefs,
    message_id: string,
    subject: string,
    received_lines: list(string),
    additional_header_fields: dictionary(list(string)),
    body: string,
    body_multipart: list(mimePart),
    raw_email_ref: artifactRef,
  },
  [bodyFitsParts],
);

export const file = observable(
  'file',
  '6.7.1',
  ['hashes', 'name', 'extensions', 'parent_directory_ref'],
  {
    hashes,
    size: natural,
    name: string,
    name_enc: charset,
    magic_number_hex: hex,
    mime_type: mediaType,
    ctime: timestamp,
    mtime: timestamp,
    atime: timestamp,
    parent_directory_ref: identifier(['directory']),
    contains_refs: list(identifier(isObservable, 'a cyber-observable object')),
    content_ref: artifactRef,
  },
  [atLeastOneOf('hashes', 'name'), needs('name_enc', 'name', '3.1')],
);

export const ipv4Address = observable('ipv4-addr', '6.8.1', ['value'], {
  value: must(text('6.8.1', 'an IPv4 address or CIDR block', isIpv4)),
  resolves_to_refs: macRefs,
  belongs_to_refs: asRefs,
});

export const ipv6Address = observable('ipv6-addr', '6.9.1', ['value'], {
  value: must(text('6.9.1', 'an IPv6 address or CIDR block', isIpv6)),
  resolves_to_refs: macRefs,
  belongs_to_refs: asRefs,
});

export const macAddress = observable('mac-addr', '6.10.1', ['value'], {
  value: must(text('6.10.1', 'a lowercase, colon-delimited MAC-48 address', isMacAddress)),
});

export const mutex = observable('mutex', '6.11.1', ['name'], { name: must(string) });

const integerOrString: Field<number | string> = {
  check(value, report) {
    if (typeof value === 'string') string.check(value, report);
    else if (typeof value === 'number') integer.check(value, report);
    else report.error('type', `${excerpt(value)} is neither a whole number nor a string`);
  },
};

const endpointRef = identifier(['ipv4-addr', 'ipv6-addr', 'mac-addr', 'domain-name']);
/** TCP and UDP ports are 16 bits wide. */
const port = integerIn(0, 65_535);

const activeHasNoEnd: Rule = (object, report) => {
  if (object['is_active'] === true && Object.hasOwn(object, 'end')) {
    report.errorAt('end', 'combination', 'end must not be there while is_active is true');
  }
};

const portsRecommended: Rule = (object, report) => {
  if (Object.hasOwn(object, 'src_port') || Object.hasOwn(object, 'dst_port')) return;
  const protocols = object['protocols'];
  const hasPorts = Array.isArray(protocols) && protocols.some((name) => name === 'tcp' || name === 'udp');
  if (hasPorts) report.warn('recommended', 'src_port and dst_port are recommended', '6.12');
};

export const networkTraffic = observable(
  'network-traffic',
  '6.12.1',
  ['start', 'end', 'src_ref', 'dst_ref', 'src_port', 'dst_port', 'protocols', 'extensions'],
  {
    start: timestamp,
    end: timestamp,
    is_active: boolean,
    src_ref: endpointRef,
    dst_ref: endpointRef,
    src_port: port,
    dst_port: port,
    protocols: must(list(stringShould('lower case is recommended', (name) => name === name.toLowerCase()))),
    src_byte_count: natural,
    dst_byte_count: natural,
    src_packets: natural,
    dst_packets: natural,
    ipfix: dictionary(integerOrString),
    src_payload_ref: artifactRef,
    dst_payload_ref: artifactRef,
    encapsulates_refs: list(identifier(['network-traffic'])),
    encapsulated_by_ref: identifier(['network-traffic']),
  },
  [atLeastOneOf('src_ref', 'dst_ref'), inOrder('start', 'end'), activeHasNoEnd, portsRecommended],
);

const PROCESS_PROPERTIES = [
  'extensions',
  'is_hidden',
  'pid',
  'created_time',
  'cwd',
  'command_line',
  'environment_variables',
  'opened_connection_refs',
  'creator_user_ref',
  'image_ref',
  'parent_ref',
  'child_refs',
];

export const process = observable(
  'process',
  '6.13.1',
  [],
  {
    is_hidden: boolean,
    pid: integer,
    created_time: timestamp,
    cwd: string,
    command_line: string,
    environment_variables: dictionary(string),
    opened_connection_refs: list(identifier(['network-traffic'])),
    creator_user_ref: userRef,
    image_ref: identifier(['file']),
    parent_ref: identifier(['process']),
    child_refs: list(identifier(['process'])),
  },
  [atLeastOneOf(...PROCESS_PROPERTIES)],
);

export const software = observable('software', '6.14.1', ['name', 'cpe', 'swid', 'vendor', 'version'], {
  name: must(string),
  cpe: text('6.14.1', 'a CPE 2.3 name', isCpe),
  swid: string,
  languages: list(text('6.14.1', 'a language tag (RFC 5646)', isLanguageTag)),
  vendor: string,
  version: string,
});

export const url = observable('url', '6.15.1', ['value'], {
  value: must(text('6.15.1', 'a URL (RFC 3986)', isUri)),
});

const accountFields = {
  user_id: string,
  credential: string,
  account_login: string,
  account_type: openVocab('account-type-ov'),
  display_name: string,
  is_service_account: boolean,
  is_privileged: boolean,
  can_escalate_privs: boolean,
  is_disabled: boolean,
  account_created: timestamp,
  account_expires: timestamp,
  credential_last_changed: timestamp,
  account_first_login: timestamp,
  account_last_login: timestamp,
};

export const userAccount = observable(
  'user-account',
  '6.16.1',
  ['account_type', 'user_id', 'account_login'],
  accountFields,
  [atLeastOneOf(...Object.keys(accountFields), 'extensions')],
);

const registryValueFields = {
  name: string,
  data: string,
  data_type: enumeration('windows-registry-datatype-enum'),
};

/** Hives must be written out: HKEY_LOCAL_MACHINE, not HKLM (STIX 2.1 §6.17.1). */
const registryKey = text(
  '6.17.1',
  'a registry key with its hive written out',
  (key) => !/^(?:HKLM|HKCU|HKCR|HKU|HKCC|HKPD)(?:\\|$)/i.test(key),
);

const registryFields = {
  key: registryKey,
  values: list(record('6.17.2', registryValueFields, [atLeastOneOf(...Object.keys(registryValueFields))])),
  modified_time: timestamp,
  creator_user_ref: userRef,
  number_of_subkeys: natural,
};

export const windowsRegistryKey = observable(
  'windows-registry-key',
  '6.17.1',
  ['key', 'values'],
  registryFields,
  [atLeastOneOf(...Object.keys(registryFields))],
);

const x509v3Fields = {
  basic_constraints: string,
  name_constraints: string,
  policy_constraints: string,
  key_usage: string,
  extended_key_usage: string,
  subject_key_identifier: string,
  authority_key_identifier: string,
  subject_alternative_name: string,
  issuer_alternative_name: string,
  subject_directory_attributes: string,
  crl_distribution_points: string,
  inhibit_any_policy: string,
  private_key_usage_period_not_before: timestamp,
  private_key_usage_period_not_after: timestamp,
  certificate_policies: string,
  policy_mappings: string,
};

const certificateFields = {
  is_self_signed: boolean,
  hashes,
  version: string,
  serial_number: string,
  signature_algorithm: string,
  issuer: string,
  validity_not_before: timestamp,
  validity_not_after: timestamp,
  subject: string,
  subject_public_key_algorithm: string,
  subject_public_key_modulus: string,
  subject_public_key_exponent: integer,
  x509_v3_extensions: record('6.18.2', x509v3Fields, [atLeastOneOf(...Object.keys(x509v3Fields))]),
};

export const x509Certificate = observable(
  'x509-certificate',
  '6.18.1',
  ['hashes', 'serial_number'],
  certificateFields,
  [atLeastOneOf(...Object.keys(certificateFields))],
);
