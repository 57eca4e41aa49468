/**
 * Extensions: those the specification predefines for cyber-observable objects (STIX 2.1 §3.10, §6), those that an
 * extension definition describes (§7.3), and the deprecated custom ones (§11.3).
 */
import {
  boolean,
  type Check,
  dictionary,
  enumeration,
  type Field,
  float,
  hashes,
  hex,
  identifier,
  integer,
  isRecord,
  list,
  must,
  natural,
  openVocab,
  type Rule,
  string,
  stringShould,
  timestamp,
} from '../fields.ts';
import { isStixId, isTypeName, typeOfId } from '../identifiers.ts';
import { checkCustomProperty, checkShape, type Fields, type ObjectOf, record, shapeOf } from '../records.ts';
import { excerpt, type Report } from '../report.ts';
import type { VOCABULARIES } from '../vocabularies.ts';
import { kindOf } from './kinds.ts';

const integerOrString: Field<number | string> = {
  check(value, report) {
    if (typeof value === 'string') string.check(value, report);
    else if (typeof value === 'number') integer.check(value, report);
    else report.error('type', `${excerpt(value)} is neither a whole number nor a string`);
  },
};

/** At least one of the table's own properties, apart from those that are required anyway. */
function somethingOf(fields: Fields, kind: string): Rule {
  const names = Object.keys(fields).filter((name) => !fields[name]!.required);
  return (object, report) => {
    if (!names.some((name) => Object.hasOwn(object, name))) {
      report.error('required', `${kind} needs at least one of its optional properties`);
    }
  };
}

function nonEmptyRecord<F extends Fields>(section: string, fields: F, kind: string): Field<ObjectOf<F>> {
  return record(section, fields, [somethingOf(fields, kind)]);
}

const archive = {
  contains_refs: must(list(identifier(['file', 'directory']))),
  comment: string,
};

const ntfs = {
  sid: string,
  alternate_data_streams: list(record('6.7.3', { name: must(string), hashes, size: natural })),
};

const pdf = {
  version: string,
  is_optimized: boolean,
  document_info_dict: dictionary(string),
  pdfid0: string,
  pdfid1: string,
};

const rasterImage = {
  image_height: integer,
  image_width: integer,
  bits_per_pixel: integer,
  exif_tags: dictionary(integerOrString),
};

const peOptionalHeader = {
  magic_hex: hex,
  major_linker_version: integer,
  minor_linker_version: integer,
  size_of_code: natural,
  size_of_initialized_data: natural,
  size_of_uninitialized_data: natural,
  address_of_entry_point: integer,
  base_of_code: integer,
  base_of_data: integer,
  image_base: integer,
  section_alignment: integer,
  file_alignment: integer,
  major_os_version: integer,
  minor_os_version: integer,
  major_image_version: integer,
  minor_image_version: integer,
  major_subsystem_version: integer,
  minor_subsystem_version: integer,
  win32_version_value_hex: hex,
  size_of_image: natural,
  size_of_headers: natural,
  checksum_hex: hex,
  subsystem_hex: hex,
  dll_characteristics_hex: hex,
  size_of_stack_reserve: natural,
  size_of_stack_commit: natural,
  size_of_heap_reserve: natural,
  size_of_heap_commit: natural,
  loader_flags_hex: hex,
  number_of_rva_and_sizes: integer,
  hashes,
};

const windowsPeBinary = {
  pe_type: must(openVocab('windows-pebinary-type-ov')),
  imphash: string,
  machine_hex: hex,
  number_of_sections: natural,
  time_date_stamp: timestamp,
  pointer_to_symbol_table_hex: hex,
  number_of_symbols: natural,
  size_of_optional_header: natural,
  characteristics_hex: hex,
  file_header_hashes: hashes,
  optional_header: nonEmptyRecord('6.7.6', peOptionalHeader, 'windows-pe-optional-header-type'),
  sections: list(record('6.7.6', { name: must(string), size: natural, entropy: float, hashes })),
};

const httpRequest = {
  request_method: must(
    stringShould('a lowercase method is recommended', (text) => text === text.toLowerCase()),
  ),
  request_value: must(string),
  request_version: string,
  request_header: dictionary(list(string)),
  message_body_length: integer,
  message_body_data_ref: identifier(['artifact']),
};

const icmp = { icmp_type_hex: must(hex), icmp_code_hex: must(hex) };

const networkSocket = {
  address_family: must(enumeration('network-socket-address-family-enum')),
  is_blocking: boolean,
  is_listening: boolean,
  options: dictionary(integer),
  socket_type: enumeration('network-socket-type-enum'),
  socket_descriptor: natural,
  socket_handle: integer,
};

const tcp = { src_flags_hex: hex, dst_flags_hex: hex };

const windowsProcess = {
  aslr_enabled: boolean,
  dep_enabled: boolean,
  priority: stringShould('a priority that ends in _CLASS is recommended', (text) => text.endsWith('_CLASS')),
  owner_sid: string,
  windows_title: string,
  startup_info: dictionary(),
  integrity_level: enumeration('windows-integrity-level-enum'),
};

const windowsService = {
  service_name: string,
  descriptions: list(string),
  display_name: string,
  group_name: string,
  start_type: enumeration('windows-service-start-type-enum'),
  service_dll_refs: list(identifier(['file'])),
  service_type: enumeration('windows-service-type-enum'),
  service_status: enumeration('windows-service-status-enum'),
};

const unixAccount = { gid: integer, groups: list(string), home_dir: string, shell: string };

/** The predefined extensions of one object type. */
const predefined = {
  file: {
    'archive-ext': record('6.7.2', archive),
    'ntfs-ext': nonEmptyRecord('6.7.3', ntfs, 'ntfs-ext'),
    'pdf-ext': nonEmptyRecord('6.7.4', pdf, 'pdf-ext'),
    'raster-image-ext': nonEmptyRecord('6.7.5', rasterImage, 'raster-image-ext'),
    'windows-pebinary-ext': nonEmptyRecord('6.7.6', windowsPeBinary, 'windows-pebinary-ext'),
  },
  'network-traffic': {
    'http-request-ext': record('6.12.2', httpRequest),
    'icmp-ext': record('6.12.3', icmp),
    'socket-ext': record('6.12.4', networkSocket),
    'tcp-ext': nonEmptyRecord('6.12.5', tcp, 'tcp-ext'),
  },
  process: {
    'windows-process-ext': nonEmptyRecord('6.13.2', windowsProcess, 'windows-process-ext'),
    'windows-service-ext': nonEmptyRecord('6.13.3', windowsService, 'windows-service-ext'),
  },
  'user-account': {
    'unix-account-ext': nonEmptyRecord('6.16.2', unixAccount, 'unix-account-ext'),
  },
} as const;

type Named<T> = { readonly [K in keyof T]?: T[K] extends Field<infer V> ? V : never };
/** The predefined extensions by the object type that has them. */
export type PredefinedExtensions = { readonly [K in keyof typeof predefined]: Named<(typeof predefined)[K]> };

const BY_NAME = new Map<string, { readonly host: string; readonly check: Check }>();
for (const [host, fields] of Object.entries(predefined)) {
  for (const [name, field] of Object.entries(fields)) BY_NAME.set(name, { host, check: field.check });
}

export type ExtensionType = (typeof VOCABULARIES)['extension-type-enum']['values'][number];
export type Extension = { readonly extension_type?: ExtensionType; readonly [property: string]: unknown };
export type Extensions = { readonly [key: string]: Extension | undefined };

/** The `extensions` of any object. Whether one fits its host is a rule, since a field does not see the object. */
export const extensions: Field<Extensions> = {
  check(value, report) {
    if (!isRecord(value))
      return report.error('type', `${excerpt(value)} stands where a dictionary belongs`, '3.2');
    let isEmpty = true;
    report.enter();
    for (const key in value) {
      isEmpty = false;
      report.at(key);
      checkExtension(key, value[key], report);
    }
    report.leave();
    if (isEmpty) report.error('empty', 'a dictionary must have at least one entry', '2.3');
  },
};

function checkExtension(key: string, value: unknown, report: Report): void {
  const known = BY_NAME.get(key);
  if (known !== undefined) {
    known.check(value, report);
    return;
  }
  const isDefined = isStixId(key) && typeOfId(key) === 'extension-definition';
  if (!isDefined && !(key.endsWith('-ext') && isTypeName(key))) {
    const wanted =
      'the id of an extension definition, a predefined extension, or a custom name ending in -ext';
    report.error('extension', `${excerpt(key)} is not ${wanted}`, '11.3.1');
  }
  if (!isRecord(value)) {
    report.error('type', `${excerpt(value)} stands where the contents of an extension belong`, '3.2');
    return;
  }
  checkShape(value, isDefined ? DEFINED : CUSTOM, checkCustomProperty, report);
  if (Object.keys(value).length === 0)
    report.error('empty', 'an extension must have at least one property', '11.3.1');
  if (!isDefined)
    report.warn('deprecated', 'custom extensions are deprecated in favour of extension definitions', '11.3');
}

const DEFINED = shapeOf('7.3', { extension_type: must(enumeration('extension-type-enum')) });
const CUSTOM = shapeOf('11.3', {});

/** Predefined extensions belong to one type; custom ones to cyber-observable objects (STIX 2.1 §11.3). */
export const extensionsFit: Rule = (object, report) => {
  const { type, extensions: held } = object;
  if (!isRecord(held) || typeof type !== 'string') return;
  const kind = kindOf(type);
  const mayHaveCustom = kind === 'sco' || kind === 'custom';
  for (const key in held) {
    const host = BY_NAME.get(key)?.host;
    if (host !== undefined ? host === type : mayHaveCustom || !key.endsWith('-ext')) continue;
    const message =
      host === undefined
        ? `${excerpt(key)}: custom extensions can only be used with cyber-observable objects`
        : `${key} extends ${host}, not ${type.slice(0, 60)}`;
    report.errorAt('extensions', 'extension', message, host === undefined ? '11.3' : '3.10');
  }
};

/** The kind of extension an object says it uses, e.g. `new-sdo` for a type of its own. */
export function usesExtension(object: Readonly<Record<string, unknown>>, kind: ExtensionType): boolean {
  const held = object['extensions'];
  if (!isRecord(held)) return false;
  for (const key in held) {
    const extension = held[key];
    if (isRecord(extension) && extension['extension_type'] === kind) return true;
  }
  return false;
}
