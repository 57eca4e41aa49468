/**
 * The agreement as a document: its JSON Schema and its type. Lawyers draft it, machines decide by it, and every
 * field has a consequence at run time; `check.ts` turns unknown JSON into this type.
 *
 * Everything here is signed as RFC 8785 canonical JSON, so a member that the schema does not name is refused: what is
 * signed and not understood would be a promise nobody keeps.
 */
import { type Static, type TSchema, Type } from 'typebox';
import {
  ATTRIBUTIONS,
  CATEGORIES,
  CLEARANCES,
  END_GROUNDS,
  EVIDENCE_CODES,
  INSTRUMENTS,
  LANGUAGES,
  MATTERS,
  ONWARD_MODES,
  PAP_LEVELS,
  PARTY_KINDS,
  PERSONAL_DATA_CLASSES,
  PRIORITIES,
  PURPOSES,
  ROLES,
  SERVICE_KINDS,
  TLP_LEVELS,
  TRAINING_LEVELS,
} from './terms.ts';

export const AGREEMENT_FORMAT = 'entente/agreement/1';

/** An agreement with its prose in four languages; the longest published instruments of this kind have 60 pages. */
export const AGREEMENT_BYTES_MAX = 2 * 1024 * 1024;

/** Names and titles are shown in lists. */
const LINE_MAX = 200;
/** A paragraph: a restriction, an authority, a condition. */
const PARAGRAPH_MAX = 4_000;
/** Prose of one language, in characters. */
const PROSE_MAX = 400_000;
/** Parties of one agreement; more than this is a treaty with a secretariat. */
const PARTIES_MAX = 50;
/** Flows and services each: per pair of parties, direction and category a few. */
const CLAUSES_MAX = 200;
/** Entries of a list inside a clause; there are 249 countries. */
const LIST_MAX = 300;
/** Ten years of 366 days: retention beyond it is an archive, which another law governs. */
const DAYS_MAX = 3_660;

const closed = { additionalProperties: false } as const;
const line = (description: string) => Type.String({ minLength: 1, maxLength: LINE_MAX, description });
const paragraph = (description: string) =>
  Type.String({ minLength: 1, maxLength: PARAGRAPH_MAX, description });
const oneOf = <const T extends readonly string[]>(words: T, description: string) =>
  Type.Unsafe<T[number]>(Type.Enum([...words], { description }));
const list = <T extends TSchema>(item: T, description: string, minItems = 0) =>
  Type.Array(item, { minItems, maxItems: LIST_MAX, uniqueItems: true, description });
const days = (description: string, minimum = 0) => Type.Integer({ minimum, maximum: DAYS_MAX, description });
const instant = (description: string) =>
  Type.String({ maxLength: 48, pattern: '^\\d{4}-\\d{2}-\\d{2}T', format: 'date-time', description });

const agreementId = Type.String({
  pattern: '^agreement--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  description: 'identifier of the agreement, kept through all its versions',
});
const digest = (description: string) => Type.String({ pattern: '^[0-9a-f]{64}$', description });
const partyId = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
  description: 'short name of a party inside the agreement',
});
const country = Type.String({ pattern: '^[A-Z]{2}$', description: 'country, ISO 3166-1 alpha-2' });

export const KeySchema = Type.Object(
  {
    kty: Type.Literal('OKP'),
    crv: Type.Literal('Ed25519'),
    x: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'public key, base64url (RFC 8037)' }),
    kid: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'RFC 7638 thumbprint of the key' }),
    from: Type.Optional(instant('the key counts from here on')),
    until: Type.Optional(instant('the key counts until here')),
  },
  { ...closed, description: 'an Ed25519 public key' },
);

const PartySchema = Type.Object(
  {
    id: partyId,
    name: line('full legal name'),
    kind: oneOf(PARTY_KINDS, 'what kind of organisation this is'),
    roles: list(oneOf(ROLES, 'role'), 'contributors give, recipients take, observers do neither', 1),
    members: Type.Optional(
      list(
        line('name of a member'),
        'organisations that belong to this party, for onward sharing to members',
      ),
    ),
    nodes: list(KeySchema, 'keys of the machines that act for this party'),
    signatories: Type.Array(
      Type.Object(
        {
          id: partyId,
          name: line('name of the person who signs'),
          title: line('office of the person who signs'),
          authority: paragraph('the act that empowers this person to sign for the party'),
          key: KeySchema,
        },
        closed,
      ),
      { minItems: 1, maxItems: 10, description: 'who signs for this party' },
    ),
    signing: oneOf(['all', 'any'], 'whether all of the signatories must sign, or any one of them suffices'),
    contacts: Type.Array(
      Type.Object(
        {
          name: line('name or office'),
          email: Type.Optional(Type.String({ maxLength: LINE_MAX, pattern: '^[^@\\s]+@[^@\\s]+$' })),
          phone: Type.Optional(Type.String({ maxLength: 40, pattern: '^\\+?[0-9 ()./-]+$' })),
          for: list(
            oneOf(['operations', 'legal', 'data-protection', 'security'], 'matter'),
            'matters handled',
            1,
          ),
          alwaysReachable: Type.Boolean({ description: 'reachable 24 hours, 7 days' }),
        },
        closed,
      ),
      { maxItems: 50, description: 'whom to call' },
    ),
    dueDiligence: Type.Optional(
      Type.Object(
        {
          by: line('who made the check'),
          at: instant('when it was made'),
          validUntil: instant('when it has to be made again'),
          outcome: oneOf(['passed', 'passed-with-conditions', 'failed'], 'what it found'),
          conditions: Type.Optional(paragraph('what the party undertook')),
        },
        { ...closed, description: 'the check of this party before the agreement' },
      ),
    ),
  },
  closed,
);

const TermSchema = Type.Object(
  {
    from: instant('first instant in force'),
    until: instant('first instant no longer in force'),
    renewal: Type.Object(
      {
        mode: oneOf(['none', 'by-agreement', 'automatic'], 'how the term is prolonged'),
        months: Type.Integer({ minimum: 0, maximum: 120, description: 'length of one prolongation' }),
        times: Type.Integer({ minimum: 0, maximum: 20, description: 'how often at most' }),
        noticeDays: days('an automatic renewal is prevented by a notice this long before the end'),
      },
      closed,
    ),
    notice: Type.Object(
      {
        days: days('days between notice and end, when a party ends the agreement for convenience'),
        immediate: list(
          oneOf(
            END_GROUNDS.filter((ground) => ground !== 'convenience'),
            'ground',
          ),
          'grounds on which a party may end the agreement at once',
        ),
      },
      closed,
    ),
    suspension: Type.Object(
      {
        by: list(partyId, 'parties that may suspend'),
        daysMax: days('a suspension not lifted after so many days ends the agreement; 0: never'),
      },
      closed,
    ),
    atEnd: Type.Object(
      {
        objects: oneOf(['return', 'delete', 'keep'], 'what was received'),
        personalData: oneOf(['return', 'delete', 'keep'], 'personal data among it'),
        openCases: oneOf(
          ['finish', 'close'],
          'whether what was received may still be used in cases already open',
        ),
        openCaseDays: days('for so many days after the end'),
        accounts: oneOf(['close', 'keep-read-only'], 'accounts of the other party’s people'),
        seats: oneOf(['close', 'run-out'], 'experts, tools and training places already granted'),
        days: days('within how many days this is to be done and reported'),
      },
      { ...closed, description: 'what happens to what when the agreement ends' },
    ),
  },
  closed,
);

const FlowSchema = Type.Object(
  {
    title: line('what this flow is called'),
    from: partyId,
    to: list(partyId, 'receiving parties', 1),
    categories: list(oneOf(CATEGORIES, 'category'), 'what may cross', 1),
    personalData: list(oneOf(PERSONAL_DATA_CLASSES, 'class'), 'classes of personal data that may cross', 1),
    tlp: oneOf(TLP_LEVELS, 'highest TLP that may cross'),
    pap: oneOf(PAP_LEVELS, 'highest PAP that may cross'),
    purposes: list(oneOf(PURPOSES, 'purpose'), 'what it may be used for', 1),
    legalBasis: Type.Array(
      Type.Object(
        {
          reference: line('the provision'),
          covers: list(oneOf(PERSONAL_DATA_CLASSES, 'class'), 'classes of personal data it covers', 1),
        },
        closed,
      ),
      { maxItems: 30, description: 'provisions on which personal data may cross' },
    ),
    countries: Type.Object(
      {
        only: Type.Optional(list(country, 'the object must concern these countries and no others', 1)),
        except: Type.Optional(list(country, 'the object must not concern any of these')),
      },
      { ...closed, description: 'countries concerned' },
    ),
    operations: Type.Optional(list(line('operation'), 'only within these operations', 1)),
    excludedMatters: list(oneOf(MATTERS, 'matter'), 'matters that are left out'),
    onward: Type.Object(
      {
        mode: oneOf(ONWARD_MODES, 'whether the recipient may pass it on'),
        named: Type.Optional(list(line('organisation'), 'to whom, by name', 1)),
      },
      closed,
    ),
    evidenceUse: Type.Object(
      {
        code: oneOf(EVIDENCE_CODES, 'Europol handling code'),
        restriction: Type.Optional(paragraph('the special restriction of H3')),
      },
      closed,
    ),
    attribution: oneOf(ATTRIBUTIONS, 'whether the contributor may be named as the source'),
    retention: Type.Object(
      {
        days: days('how long the recipient may keep and use it', 1),
        reviewDays: days('after how many days the recipient looks whether it still needs it', 1),
      },
      closed,
    ),
    routingOnly: Type.Boolean({
      description: 'personal data: find the competent unit, forward to it, delete; no other use',
    }),
  },
  closed,
);

const ServiceSchema = Type.Object(
  {
    title: line('what this service is called'),
    kind: oneOf(SERVICE_KINDS, 'kind of service'),
    from: partyId,
    to: list(partyId, 'parties that may ask for it', 1),
    purposes: list(oneOf(PURPOSES, 'purpose'), 'what it may be asked for', 1),
    quota: Type.Object(
      {
        amount: Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'how much' }),
        unit: oneOf(['days', 'seats', 'requests', 'hours', 'values'], 'of what'),
        per: oneOf(['day', 'month', 'year', 'term'], 'in which period'),
      },
      closed,
    ),
    clearance: Type.Optional(oneOf(CLEARANCES, 'clearance that an expert must have')),
    tools: Type.Optional(list(line('tool'), 'tools, by name', 1)),
    level: Type.Optional(oneOf(TRAINING_LEVELS, 'highest level of training')),
    hours: oneOf(['office', 'always'], 'when it can be had'),
    targets: Type.Array(
      Type.Object(
        {
          priority: oneOf(PRIORITIES, 'priority'),
          respondHours: Type.Integer({
            minimum: 1,
            maximum: 8_784,
            description: 'hours until a first answer',
          }),
          resolveHours: Type.Integer({ minimum: 1, maximum: 8_784, description: 'hours until it is done' }),
        },
        closed,
      ),
      { maxItems: PRIORITIES.length, description: 'response and resolution targets' },
    ),
  },
  closed,
);

const AccountabilitySchema = Type.Object(
  {
    audit: Type.Object(
      {
        by: list(partyId, 'parties that may audit the others'),
        noticeDays: days('days between announcement and audit'),
      },
      closed,
    ),
    logAccess: oneOf(
      ['none', 'own-contributions', 'all'],
      'what a party may read of another’s ledger about itself',
    ),
    breachNoticeHours: Type.Integer({
      minimum: 1,
      maximum: 720,
      description: 'hours within which a breach is reported to the other parties',
    }),
    transparency: oneOf(['none', 'counts'], 'whether a party may publish how much was exchanged'),
  },
  closed,
);

const ProseSchema = Type.Object(
  {
    sha256: digest('SHA-256 of the prose in UTF-8'),
    prose: Type.Optional(
      Type.String({ maxLength: PROSE_MAX, description: 'the prose; may be left out and kept elsewhere' }),
    ),
  },
  closed,
);

const TextSchema = Type.Object(
  {
    authentic: oneOf(LANGUAGES, 'the language that decides when translations differ'),
    boundTo: digest('SHA-256 of the machine part this prose belongs to (everything but `text`, RFC 8785)'),
    languages: Type.Object(
      {
        ar: Type.Optional(ProseSchema),
        en: Type.Optional(ProseSchema),
        fr: Type.Optional(ProseSchema),
        es: Type.Optional(ProseSchema),
      },
      { ...closed, description: 'the prose in each language' },
    ),
  },
  closed,
);

export const AgreementSchema = Type.Object(
  {
    format: Type.Literal(AGREEMENT_FORMAT),
    id: agreementId,
    instrument: oneOf(INSTRUMENTS, 'kind of instrument'),
    version: Type.Integer({ minimum: 1, maximum: 10_000, description: 'counts up with every amendment' }),
    title: line('title of the agreement'),
    amends: Type.Optional(
      Type.Object(
        {
          version: Type.Integer({ minimum: 1, maximum: 10_000 }),
          digest: digest('SHA-256 of the version amended (RFC 8785)'),
          instrument: oneOf(
            INSTRUMENTS.filter((instrument) => instrument !== 'amendment'),
            'kind of the instrument amended',
          ),
        },
        { ...closed, description: 'the version that this amendment replaces' },
      ),
    ),
    under: Type.Optional(
      Type.Object(
        { agreement: agreementId, title: Type.Optional(line('its title')) },
        {
          ...closed,
          description: 'the agreement under which this one stands, and without which it is not in force',
        },
      ),
    ),
    predecessor: Type.Optional(
      Type.Object(
        {
          agreement: agreementId,
          title: line('its title'),
          digest: Type.Optional(digest('SHA-256 of its last version')),
        },
        { ...closed, description: 'the agreement that this one follows' },
      ),
    ),
    successor: Type.Optional(
      Type.Object(
        { agreement: agreementId, title: line('its title'), from: instant('when it takes over') },
        { ...closed, description: 'the agreement that follows this one' },
      ),
    ),
    parties: Type.Array(PartySchema, { minItems: 2, maxItems: PARTIES_MAX }),
    term: TermSchema,
    flows: Type.Array(FlowSchema, { maxItems: CLAUSES_MAX }),
    services: Type.Array(ServiceSchema, { maxItems: CLAUSES_MAX }),
    accountability: AccountabilitySchema,
    text: TextSchema,
  },
  { ...closed, $id: 'entente/agreement', title: 'Entente agreement' },
);

export type Agreement = Static<typeof AgreementSchema>;
export type Party = Static<typeof PartySchema>;
export type Signatory = Party['signatories'][number];
export type PublicKey = Static<typeof KeySchema>;
export type Term = Static<typeof TermSchema>;
export type Flow = Static<typeof FlowSchema>;
export type Service = Static<typeof ServiceSchema>;
export type Accountability = Static<typeof AccountabilitySchema>;
