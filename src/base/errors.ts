/**
 * The error catalogue: every failure that Entente reports to a person, a peer or a script has one entry here.
 *
 * Three families are kept apart because the reader must act differently on each:
 * bad input (exit 2, HTTP 4xx) is the caller's to mend; a failed check (exit 1) is an answer, not an
 * accident; state unknown (exit 3, HTTP 5xx) means "stop and look before you go on".
 * A `cause` helps whoever debugs the node and is never sent out.
 */
interface CatalogueEntry {
  /** HTTP status used when the error answers a request. */
  readonly status: number;
  /** Process exit code used when the error ends a command. */
  readonly exit: 1 | 2 | 3;
  readonly meaning: string;
  readonly remedy: string;
}

export const CATALOGUE = {
  usage: {
    status: 400,
    exit: 2,
    meaning: 'The command or request was called wrongly.',
    remedy: 'See --help, or the API description.',
  },
  'not-found': {
    status: 404,
    exit: 2,
    meaning: 'There is nothing under this name that the caller may see.',
    remedy: 'Check the identifier, and that an agreement gives access to it.',
  },
  'file-unreadable': {
    status: 400,
    exit: 2,
    meaning: 'A file or folder named by the caller cannot be read.',
    remedy: 'Check the path and its permissions.',
  },
  'path-outside': {
    status: 400,
    exit: 2,
    meaning: 'A path leads outside the folder it must stay in.',
    remedy: 'Name only files below the given folder; links that leave it are not followed.',
  },
  'json-syntax': {
    status: 400,
    exit: 2,
    meaning: 'The text is not JSON, or ends too early.',
    remedy: 'Mend the text at the given byte offset, or send the file again.',
  },
  'json-limit': {
    status: 413,
    exit: 2,
    meaning: 'The JSON is deeper, longer or larger than the node accepts.',
    remedy: 'Split it into smaller pieces.',
  },
  'input-limit': {
    status: 413,
    exit: 2,
    meaning: 'The input is larger than the node accepts.',
    remedy: 'Split it into smaller pieces.',
  },
  'archive-limit': {
    status: 413,
    exit: 2,
    meaning: 'An archive unpacks to more than the node accepts, or nests too deeply.',
    remedy: 'Unpack it under supervision and load the parts.',
  },
  'archive-damaged': {
    status: 400,
    exit: 2,
    meaning: 'An archive or compressed file is damaged or cut short.',
    remedy: 'Acquire it again if possible; what could be read was used.',
  },
  'format-unknown': {
    status: 422,
    exit: 2,
    meaning: 'The content is of no format that Entente parses.',
    remedy: 'See `entente parse --help` for the formats; the file may be damaged at its beginning.',
  },
  'sigma-rules': {
    status: 422,
    exit: 2,
    meaning: 'None of the Sigma rules could be loaded.',
    remedy: 'Give a file, a folder or an archive with Sigma rules (.yml); the reasons are listed.',
  },
  'active-content': {
    status: 422,
    exit: 2,
    meaning: 'A file that would go along does something when it is opened, or cannot be looked into.',
    remedy:
      'Attach text, CSV, JSON, PNG, JPEG or a plain PDF; hand over anything else as an exhibit (`entente evidence transfer`).',
  },
  'tool-package': {
    status: 422,
    exit: 2,
    meaning: 'The file is no tool package, or not the one that it says it is.',
    remedy:
      'Nothing of it was used. Get it again from its author; `entente tool pack` says what a package needs.',
  },
  'tool-stopped': {
    status: 422,
    exit: 2,
    meaning: 'A tool was refused or stopped: it asked for what no tool gets, or went beyond a limit.',
    remedy: 'Nothing of what it made was kept. Tell its author the limit named.',
  },
  'tool-repository': {
    status: 502,
    exit: 2,
    meaning: 'What a peer’s repository of tools says does not hold together.',
    remedy:
      'Nothing of it was used, and the tools accepted before stay. Compare with the peer’s administrator before asking again.',
  },
  'canonical-json': {
    status: 400,
    exit: 2,
    meaning: 'The value has no canonical JSON form (RFC 8785).',
    remedy: 'Use plain JSON values: no NaN, no infinity, no lone surrogates.',
  },
  'timestamp-invalid': {
    status: 400,
    exit: 2,
    meaning: 'The text is not an RFC 3339 timestamp in UTC.',
    remedy: 'Write it like 2026-01-31T12:00:00Z.',
  },
  'stix-invalid': {
    status: 422,
    exit: 2,
    meaning: 'The content is not valid STIX 2.1.',
    remedy: 'Mend the listed properties; `entente stix validate FILE` shows all of them.',
  },
  'stix-pattern-syntax': {
    status: 422,
    exit: 2,
    meaning: 'A STIX pattern does not follow the grammar.',
    remedy: 'Mend the pattern at the given offset.',
  },
  'intelligence-format': {
    status: 422,
    exit: 2,
    meaning: 'The file is no intelligence that Entente can read.',
    remedy: 'Give a STIX 2.1 bundle, a MISP event, or a list of values, one a line or as CSV.',
  },
  'index-invalid': {
    status: 400,
    exit: 2,
    meaning: 'A match index is cut short, damaged, or of another version.',
    remedy: 'Build it again from the intelligence.',
  },
  'agreement-invalid': {
    status: 422,
    exit: 2,
    meaning: 'The agreement breaks a rule of the agreement format.',
    remedy: 'Mend the listed fields.',
  },
  'agreement-signature': {
    status: 422,
    exit: 2,
    meaning: 'A signature on the agreement is missing, unknown, or does not fit its text.',
    remedy: 'Get the document again from its signatories; compare it with the copy you signed.',
  },
  'agreement-state': {
    status: 409,
    exit: 2,
    meaning: 'The agreement is not in a state that allows this act.',
    remedy: 'See `entente agreement show`.',
  },
  'agreement-denied': {
    status: 403,
    exit: 2,
    meaning: 'No agreement in force allows this.',
    remedy: 'Read the cited clause; amend the agreement if both parties want it otherwise.',
  },
  'ledger-format': {
    status: 400,
    exit: 2,
    meaning: 'A leaf, checkpoint, proof, tile or witness message does not follow its format.',
    remedy: 'Get it again from the ledger it belongs to.',
  },
  'ledger-fork': {
    status: 409,
    exit: 3,
    meaning: 'Two histories of one ledger are signed: it was rewritten, rolled back or split.',
    remedy: 'Stop relying on this ledger. Keep both checkpoints: together they are the evidence.',
  },
  'signature-invalid': {
    status: 401,
    exit: 2,
    meaning: 'A signed statement does not verify.',
    remedy: 'Ask the peer to send it again; if it repeats, compare identities by another channel.',
  },
  unauthenticated: {
    status: 401,
    exit: 2,
    meaning: 'The caller did not prove who it is.',
    remedy: 'Send valid credentials.',
  },
  forbidden: {
    status: 403,
    exit: 2,
    meaning: 'The caller is known and may not do this.',
    remedy: 'Ask the node’s administrator.',
  },
  'not-acceptable': {
    status: 406,
    exit: 2,
    meaning: 'None of the requested media types can be served.',
    remedy: 'Use the media type named in the message.',
  },
  'media-type': {
    status: 415,
    exit: 2,
    meaning: 'The body has a media type that this endpoint does not take.',
    remedy: 'Use the media type named in the message.',
  },
  conflict: {
    status: 409,
    exit: 2,
    meaning: 'The act contradicts what is already recorded.',
    remedy: 'Look at the present state and decide again.',
  },
  'quota-used': {
    status: 429,
    exit: 2,
    meaning: 'The terms of the service give no more of this now.',
    remedy: 'Read the cited term; ask again when its period has passed.',
  },
  busy: {
    status: 503,
    exit: 2,
    meaning: 'The node has more to do of this kind than it takes on at once.',
    remedy: 'Try again in a moment.',
  },
  'peer-unreachable': {
    status: 502,
    exit: 2,
    meaning: 'The peer did not answer.',
    remedy: 'Try again later; nothing was lost.',
  },
  'peer-nonsense': {
    status: 502,
    exit: 2,
    meaning: 'The peer answered something that its protocol does not allow.',
    remedy: 'Nothing of the answer was used. Tell the peer’s administrator.',
  },
  'message-invalid': {
    status: 422,
    exit: 2,
    meaning: 'A signed message does not say what a message of its kind must say.',
    remedy: 'Nothing of it was kept. Both nodes may need the same version of Entente.',
  },
  'port-in-use': {
    status: 500,
    exit: 2,
    meaning: 'Another program listens on this port.',
    remedy: 'Choose another with --port, or stop the other program.',
  },
  'data-folder-in-use': {
    status: 500,
    exit: 2,
    meaning: 'Another Entente node works on this data folder.',
    remedy: 'Stop it, or choose another folder with --data.',
  },
  'disk-full': {
    status: 507,
    exit: 3,
    meaning: 'The disk is full. Nothing that was not acknowledged is kept.',
    remedy: 'Free space and repeat the act.',
  },
  'store-damaged': {
    status: 500,
    exit: 3,
    meaning: 'The store does not hold what it must hold.',
    remedy: 'Stop the node. Run `entente ledger verify`; restore a backup if it fails.',
  },
  'store-newer': {
    status: 500,
    exit: 3,
    meaning: 'The data folder was written by a newer Entente.',
    remedy: 'Use that version, or restore a backup of this one.',
  },
  'verification-failed': {
    status: 422,
    exit: 1,
    meaning: 'The check was made and the answer is: not valid.',
    remedy: 'Read the first cause named; do not rely on the material.',
  },
  internal: {
    status: 500,
    exit: 3,
    meaning: 'Something failed that should not have.',
    remedy: 'The node’s log has more. Repeat the act only after looking at the state.',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof CATALOGUE;

/** One fault in external input. `path` is a JSON path such as `objects[3].name`; offsets are in bytes. */
export interface Issue {
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly severity?: 'error' | 'warning';
  readonly offset?: number;
  /** Section of the specification that is broken, e.g. `STIX 2.1 §3.2`. */
  readonly section?: string;
}

export interface ErrorContext {
  /** What the error is about: a file, a URL, a property path. Never secrets. */
  readonly where?: string;
  /** Byte offset in `where`. */
  readonly offset?: number;
  /** Several faults at once, for input that has more than one. */
  readonly issues?: readonly Issue[];
  /** Clauses that decided, for denials. */
  readonly clauses?: readonly unknown[];
  readonly cause?: unknown;
}

export class EntenteError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly offset: number | undefined;
  readonly issues: readonly Issue[];
  readonly clauses: readonly unknown[];

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = 'EntenteError';
    this.code = code;
    this.where = context.where;
    this.offset = context.offset;
    this.issues = context.issues ?? [];
    this.clauses = context.clauses ?? [];
  }

  get status(): number {
    return CATALOGUE[this.code].status;
  }

  get exit(): 1 | 2 | 3 {
    return CATALOGUE[this.code].exit;
  }

  get remedy(): string {
    return CATALOGUE[this.code].remedy;
  }
}

export function isEntenteError(error: unknown): error is EntenteError {
  return error instanceof EntenteError;
}
