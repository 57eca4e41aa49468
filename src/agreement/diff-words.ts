/** What `diffAgreements` says, in each language. Values of the document's own vocabulary are named as its printed form names them. */
import { WORDS } from './exports/words/index.ts';
import { CATEGORY_WORDS, type Language } from './terms.ts';

/** What changes; "of" a clause, where it is a clause's, or of a party. */
const EN = {
  title: 'the title',
  under: 'the agreement above it',
  predecessor: 'the predecessor',
  name: 'the name',
  kind: 'the kind',
  roles: 'the roles',
  members: 'the members',
  machines: 'the machines',
  signatories: 'who signs',
  signing: 'how many sign',
  contacts: 'the contacts',
  'due-diligence': 'the due diligence',
  beginning: 'the beginning',
  end: 'the end',
  renewal: 'the renewal',
  'notice-days': 'days of notice',
  'end-at-once': 'grounds for ending at once',
  'suspended-by': 'who may suspend',
  'suspension-days': 'longest suspension in days',
  'objects-after': 'what was received, after the end',
  'personal-data-after': 'personal data, after the end',
  'open-cases-after': 'open cases, after the end',
  'open-case-days': 'days to finish open cases',
  'accounts-after': 'accounts, after the end',
  'seats-after': 'seats, after the end',
  'wind-up-days': 'days to wind up',
  'flow-title': 'the title of a flow',
  giver: 'the giver',
  recipients: 'recipients',
  categories: 'what may cross',
  'personal-data': 'personal data',
  tlp: 'the TLP ceiling',
  pap: 'the PAP ceiling',
  purposes: 'purposes',
  'covered-by-law': 'personal data covered by law',
  provisions: 'provisions',
  countries: 'countries',
  'countries-except': 'countries left out',
  operations: 'operations',
  'excluded-matters': 'matters left out',
  onward: 'onward sharing',
  'handling-code': 'the handling code',
  restriction: 'the restriction',
  attribution: 'naming the source',
  'retention-days': 'days of retention',
  'review-days': 'days until review',
  'routing-only': 'personal data for routing only',
  'service-title': 'the title of a service',
  'who-may-ask': 'who may ask',
  quota: 'the quota',
  clearance: 'the clearance',
  tools: 'tools',
  level: 'the level',
  hours: 'hours',
  targets: 'the response targets',
  'audited-by': 'who may audit',
  'audit-notice': 'days before an audit',
  'log-access': 'access to the ledger',
  'breach-hours': 'hours to report a breach',
  transparency: 'publishing counts',
  authentic: 'the authentic language',
} as const;

export type What = keyof typeof EN;

const FR: Record<What, string> = {
  title: 'le titre',
  under: 'l’accord dont il dépend',
  predecessor: 'l’accord précédent',
  name: 'le nom',
  kind: 'la nature',
  roles: 'les rôles',
  members: 'les membres',
  machines: 'les machines',
  signatories: 'les signataires',
  signing: 'le nombre de signatures requises',
  contacts: 'les contacts',
  'due-diligence': 'la vérification préalable',
  beginning: 'le début',
  end: 'la fin',
  renewal: 'la reconduction',
  'notice-days': 'le préavis en jours',
  'end-at-once': 'les motifs de résiliation immédiate',
  'suspended-by': 'qui peut suspendre',
  'suspension-days': 'la suspension la plus longue, en jours',
  'objects-after': 'ce qui a été reçu, après la fin',
  'personal-data-after': 'les données personnelles, après la fin',
  'open-cases-after': 'les affaires en cours, après la fin',
  'open-case-days': 'les jours pour achever les affaires en cours',
  'accounts-after': 'les comptes, après la fin',
  'seats-after': 'les places, après la fin',
  'wind-up-days': 'les jours pour la liquidation',
  'flow-title': 'le titre d’un flux',
  giver: 'le fournisseur',
  recipients: 'les destinataires',
  categories: 'ce qui peut être transmis',
  'personal-data': 'les données personnelles',
  tlp: 'le plafond TLP',
  pap: 'le plafond PAP',
  purposes: 'les finalités',
  'covered-by-law': 'les données personnelles couvertes par la loi',
  provisions: 'les dispositions légales',
  countries: 'les pays',
  'countries-except': 'les pays exclus',
  operations: 'les opérations',
  'excluded-matters': 'les matières exclues',
  onward: 'la retransmission',
  'handling-code': 'le code de traitement',
  restriction: 'la restriction',
  attribution: 'la mention de la source',
  'retention-days': 'la conservation en jours',
  'review-days': 'les jours avant réexamen',
  'routing-only': 'données personnelles pour l’acheminement seulement',
  'service-title': 'le titre d’un service',
  'who-may-ask': 'qui peut demander',
  quota: 'le quota',
  clearance: 'l’habilitation',
  tools: 'les outils',
  level: 'le niveau',
  hours: 'les horaires',
  targets: 'les délais de réponse',
  'audited-by': 'qui peut auditer',
  'audit-notice': 'les jours d’annonce d’un audit',
  'log-access': 'l’accès au registre',
  'breach-hours': 'les heures pour signaler une violation',
  transparency: 'la publication des chiffres',
  authentic: 'la langue faisant foi',
};

const ES: Record<What, string> = {
  title: 'el título',
  under: 'el acuerdo del que depende',
  predecessor: 'el acuerdo anterior',
  name: 'el nombre',
  kind: 'la naturaleza',
  roles: 'las funciones',
  members: 'los miembros',
  machines: 'las máquinas',
  signatories: 'quién firma',
  signing: 'cuántas firmas se requieren',
  contacts: 'los contactos',
  'due-diligence': 'la diligencia debida',
  beginning: 'el comienzo',
  end: 'el fin',
  renewal: 'la renovación',
  'notice-days': 'los días de preaviso',
  'end-at-once': 'los motivos de terminación inmediata',
  'suspended-by': 'quién puede suspender',
  'suspension-days': 'la suspensión más larga, en días',
  'objects-after': 'lo recibido, tras el fin',
  'personal-data-after': 'los datos personales, tras el fin',
  'open-cases-after': 'los casos abiertos, tras el fin',
  'open-case-days': 'los días para terminar los casos abiertos',
  'accounts-after': 'las cuentas, tras el fin',
  'seats-after': 'los puestos, tras el fin',
  'wind-up-days': 'los días para la liquidación',
  'flow-title': 'el título de un flujo',
  giver: 'quien aporta',
  recipients: 'los destinatarios',
  categories: 'lo que puede transmitirse',
  'personal-data': 'los datos personales',
  tlp: 'el límite TLP',
  pap: 'el límite PAP',
  purposes: 'las finalidades',
  'covered-by-law': 'los datos personales amparados por la ley',
  provisions: 'las disposiciones legales',
  countries: 'los países',
  'countries-except': 'los países excluidos',
  operations: 'las operaciones',
  'excluded-matters': 'las materias excluidas',
  onward: 'la retransmisión',
  'handling-code': 'el código de tratamiento',
  restriction: 'la restricción',
  attribution: 'la mención de la fuente',
  'retention-days': 'los días de conservación',
  'review-days': 'los días hasta la revisión',
  'routing-only': 'datos personales solo para el encaminamiento',
  'service-title': 'el título de un servicio',
  'who-may-ask': 'quién puede solicitar',
  quota: 'la cuota',
  clearance: 'la habilitación',
  tools: 'las herramientas',
  level: 'el nivel',
  hours: 'el horario',
  targets: 'los plazos de respuesta',
  'audited-by': 'quién puede auditar',
  'audit-notice': 'los días de aviso de una auditoría',
  'log-access': 'el acceso al registro',
  'breach-hours': 'las horas para notificar una brecha',
  transparency: 'la publicación de cifras',
  authentic: 'la lengua auténtica',
};

const AR: Record<What, string> = {
  title: 'العنوان',
  under: 'الاتفاق الذي يتبعه',
  predecessor: 'الاتفاق السابق',
  name: 'الاسم',
  kind: 'النوع',
  roles: 'الأدوار',
  members: 'الأعضاء',
  machines: 'الأجهزة',
  signatories: 'الموقّعون',
  signing: 'عدد التوقيعات المطلوبة',
  contacts: 'جهات الاتصال',
  'due-diligence': 'العناية الواجبة',
  beginning: 'البداية',
  end: 'النهاية',
  renewal: 'التجديد',
  'notice-days': 'أيام الإشعار',
  'end-at-once': 'أسباب الإنهاء الفوري',
  'suspended-by': 'من يجوز له التعليق',
  'suspension-days': 'أطول تعليق بالأيام',
  'objects-after': 'ما استُلم، بعد النهاية',
  'personal-data-after': 'البيانات الشخصية، بعد النهاية',
  'open-cases-after': 'القضايا المفتوحة، بعد النهاية',
  'open-case-days': 'أيام إتمام القضايا المفتوحة',
  'accounts-after': 'الحسابات، بعد النهاية',
  'seats-after': 'المقاعد، بعد النهاية',
  'wind-up-days': 'أيام التصفية',
  'flow-title': 'عنوان تدفق',
  giver: 'المقدِّم',
  recipients: 'المستلمون',
  categories: 'ما يجوز عبوره',
  'personal-data': 'البيانات الشخصية',
  tlp: 'سقف TLP',
  pap: 'سقف PAP',
  purposes: 'الأغراض',
  'covered-by-law': 'البيانات الشخصية المشمولة بالقانون',
  provisions: 'الأحكام القانونية',
  countries: 'البلدان',
  'countries-except': 'البلدان المستثناة',
  operations: 'العمليات',
  'excluded-matters': 'المسائل المستثناة',
  onward: 'التمرير إلى الغير',
  'handling-code': 'رمز التعامل',
  restriction: 'القيد',
  attribution: 'ذكر المصدر',
  'retention-days': 'أيام الاحتفاظ',
  'review-days': 'أيام حتى المراجعة',
  'routing-only': 'بيانات شخصية للتوجيه فقط',
  'service-title': 'عنوان خدمة',
  'who-may-ask': 'من يجوز له الطلب',
  quota: 'الحصة',
  clearance: 'التصريح الأمني',
  tools: 'الأدوات',
  level: 'المستوى',
  hours: 'ساعات العمل',
  targets: 'مهل الاستجابة',
  'audited-by': 'من يجوز له التدقيق',
  'audit-notice': 'أيام الإعلان عن التدقيق',
  'log-access': 'الوصول إلى السجل',
  'breach-hours': 'ساعات الإبلاغ عن خرق',
  transparency: 'نشر الأعداد',
  authentic: 'اللغة ذات الحجية',
};

export interface DiffWords {
  readonly what: Readonly<Record<What, string>>;
  /** Of a clause, by its title. */
  of(what: string, title: string): string;
  ofParty(what: string, party: string): string;
  becomes(what: string, older: string, newer: string): string;
  added(what: string, values: string): string;
  takenOut(what: string, values: string): string;
  nowOnly(what: string, values: string): string;
  noLongerOnly(what: string, values: string): string;
  changes(what: string): string;
  newFlow(title: string, flow: string): string;
  noFlow(title: string, flow: string): string;
  newService(title: string): string;
  noService(title: string): string;
  newParty(party: string): string;
  noParty(party: string): string;
  successor(title: string, from: string): string;
  noSuccessor(title: string): string;
  text(language: string, change: 'new' | 'out' | 'changed'): string;
  /** A flow in short: what, from whom to whom, how high. */
  flow(categories: string, from: string, to: string, tlp: string): string;
  /** What is counted, and in what time. */
  per(unit: string, per: string): string;
  /** A value of the document's vocabulary; others as they are. `kind` tells apart words that have two meanings. */
  value(
    value: string,
    kind?: 'category' | 'onward' | 'attribution' | 'log' | 'transparency' | 'unit' | 'signing',
  ): string;
  readonly yes: string;
  readonly no: string;
  readonly nothing: string;
  /** Free text, quoted. */
  quoted(text: string): string;
}

type Kind = Parameters<DiffWords['value']>[1];

/** As the printed form has it. */
function valueIn(language: Language, value: string, kind?: Kind): string {
  const words: Readonly<Record<string, string>> = WORDS[language];
  return (kind && words[`${kind}-${value}`]) ?? words[value] ?? value;
}

const english: DiffWords = {
  what: EN,
  of: (what, title) => `${what} of "${title}"`,
  ofParty: (what, party) =>
    what === EN.name
      ? what
      : `${what}${FOR.has(what) ? ' for' : what === EN['due-diligence'] ? ' on' : ' of'} ${party}`,
  becomes: (what, older, newer) => `${what}: ${older} becomes ${newer}`,
  added: (what, values) => `${what}: ${values} added`,
  takenOut: (what, values) => `${what}: ${values} taken out`,
  nowOnly: (what, values) => `${what}: now only ${values}`,
  noLongerOnly: (what, values) => `${what}: no longer only ${values}`,
  changes: (what) => `${what} changes`,
  newFlow: (title, flow) => `the flow "${title}" is new: ${flow}`,
  noFlow: (title, flow) => `the flow "${title}" is taken out: ${flow}`,
  newService: (title) => `the service "${title}" is new`,
  noService: (title) => `the service "${title}" is taken out`,
  newParty: (party) => `${party} becomes a party`,
  noParty: (party) => `${party} is no longer a party`,
  successor: (title, from) => `"${title}" takes its place on ${from}`,
  noSuccessor: (title) => `"${title}" no longer takes its place`,
  text: (language, change) =>
    `the text in ${language} ${{ new: 'is new', out: 'is taken out', changed: 'changes' }[change]}`,
  flow: (categories, from, to, tlp) => `${categories} from ${from} to ${to}, up to ${tlp}`,
  per: (unit, per) => `${unit} a ${per}`,
  value: (value, kind) =>
    kind === 'category' ? CATEGORY_WORDS[value as keyof typeof CATEGORY_WORDS] : value,
  yes: 'yes',
  no: 'no',
  nothing: 'nothing',
  quoted: (text) => `"${text}"`,
};

const FOR: ReadonlySet<string> = new Set([EN.signatories, EN.signing]);

/** The other languages name whose it is in brackets, and every value in their own words. */
function inWords(
  language: Exclude<Language, 'en'>,
  what: Record<What, string>,
  form: Omit<DiffWords, 'what' | 'of' | 'ofParty' | 'per' | 'value'> & {
    /** Units of quotas that the printed form writes as numbers of. */
    readonly units: Readonly<Record<string, string>>;
  },
): DiffWords {
  return {
    ...form,
    what,
    of: (label, title) => `${label} (${form.quoted(title)})`,
    ofParty: (label, party) => `${label} (${party})`,
    per: (unit, per) =>
      `${form.units[unit] ?? valueIn(language, unit, 'unit')} ${valueIn(language, `per-${per}`)}`,
    value: (value, kind) => valueIn(language, value, kind),
  };
}

const french = inWords('fr', FR, {
  units: { days: 'jours', hours: 'heures', packages: 'paquets', samples: 'échantillons' },
  becomes: (what, older, newer) => `${what} : auparavant ${older}, désormais ${newer}`,
  added: (what, values) => `${what}, ajouté : ${values}`,
  takenOut: (what, values) => `${what}, retiré : ${values}`,
  nowOnly: (what, values) => `${what} : désormais seulement ${values}`,
  noLongerOnly: (what, values) => `${what} : plus seulement ${values}`,
  changes: (what) => `${what} : modification`,
  newFlow: (title, flow) => `nouveau flux « ${title} » : ${flow}`,
  noFlow: (title, flow) => `flux « ${title} » supprimé : ${flow}`,
  newService: (title) => `nouveau service « ${title} »`,
  noService: (title) => `service « ${title} » supprimé`,
  newParty: (party) => `${party} devient partie`,
  noParty: (party) => `${party} n’est plus partie`,
  successor: (title, from) => `« ${title} » le remplace le ${from}`,
  noSuccessor: (title) => `« ${title} » ne le remplace plus`,
  text: (language, change) =>
    `texte (${WORDS.fr[language as Language]}) : ${{ new: 'nouveau', out: 'supprimé', changed: 'modifié' }[change]}`,
  flow: (categories, from, to, tlp) => `${categories}, de ${from} à ${to}, jusqu’à ${tlp}`,
  yes: 'oui',
  no: 'non',
  nothing: 'rien',
  quoted: (text) => `« ${text} »`,
});

const spanish = inWords('es', ES, {
  units: { days: 'días', hours: 'horas', packages: 'paquetes', samples: 'muestras' },
  becomes: (what, older, newer) => `${what}: antes ${older}, ahora ${newer}`,
  added: (what, values) => `${what}, añadido: ${values}`,
  takenOut: (what, values) => `${what}, suprimido: ${values}`,
  nowOnly: (what, values) => `${what}: ahora solo ${values}`,
  noLongerOnly: (what, values) => `${what}: ya no solo ${values}`,
  changes: (what) => `${what}: cambia`,
  newFlow: (title, flow) => `flujo nuevo «${title}»: ${flow}`,
  noFlow: (title, flow) => `flujo «${title}» suprimido: ${flow}`,
  newService: (title) => `servicio nuevo «${title}»`,
  noService: (title) => `servicio «${title}» suprimido`,
  newParty: (party) => `${party} pasa a ser parte`,
  noParty: (party) => `${party} deja de ser parte`,
  successor: (title, from) => `«${title}» lo sustituye el ${from}`,
  noSuccessor: (title) => `«${title}» ya no lo sustituye`,
  text: (language, change) =>
    `texto (${WORDS.es[language as Language]}): ${{ new: 'nuevo', out: 'suprimido', changed: 'cambia' }[change]}`,
  flow: (categories, from, to, tlp) => `${categories}, de ${from} a ${to}, hasta ${tlp}`,
  yes: 'sí',
  no: 'no',
  nothing: 'nada',
  quoted: (text) => `«${text}»`,
});

/** Names and figures keep their own direction inside the sentence (UAX #9). */
const apart = (text: string) => `\u2068${text}\u2069`;

const arabic = inWords('ar', AR, {
  units: { days: 'أيام', hours: 'ساعات', packages: 'حزم', samples: 'عينات' },
  becomes: (what, older, newer) => `${what}: سابقًا ${apart(older)}، والآن ${apart(newer)}`,
  added: (what, values) => `${what}: أُضيف ${apart(values)}`,
  takenOut: (what, values) => `${what}: حُذف ${apart(values)}`,
  nowOnly: (what, values) => `${what}: الآن ${apart(values)} فقط`,
  noLongerOnly: (what, values) => `${what}: لم يعد مقصورًا على ${apart(values)}`,
  changes: (what) => `${what}: تغيّر`,
  newFlow: (title, flow) => `تدفق جديد «${apart(title)}»: ${apart(flow)}`,
  noFlow: (title, flow) => `حُذف التدفق «${apart(title)}»: ${apart(flow)}`,
  newService: (title) => `خدمة جديدة «${apart(title)}»`,
  noService: (title) => `حُذفت الخدمة «${apart(title)}»`,
  newParty: (party) => `${apart(party)} يصبح طرفًا`,
  noParty: (party) => `${apart(party)} لم يعد طرفًا`,
  successor: (title, from) => `«${apart(title)}» يحلّ محله في ${apart(from)}`,
  noSuccessor: (title) => `«${apart(title)}» لم يعد يحلّ محله`,
  text: (language, change) =>
    `النص (${WORDS.ar[language as Language]}): ${{ new: 'جديد', out: 'محذوف', changed: 'تغيّر' }[change]}`,
  flow: (categories, from, to, tlp) =>
    `${apart(categories)}، من ${apart(from)} إلى ${apart(to)}، حتى ${apart(tlp)}`,
  yes: 'نعم',
  no: 'لا',
  nothing: 'لا شيء',
  quoted: (text) => `«${apart(text)}»`,
});

export const DIFF_WORDS: Readonly<Record<Language, DiffWords>> = {
  en: english,
  fr: french,
  es: spanish,
  ar: arabic,
};
