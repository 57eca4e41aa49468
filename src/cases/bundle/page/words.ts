/** What the page says, in the four languages of those who use it. */
export const LANGUAGES = ['ar', 'en', 'fr', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

export function isLanguage(text: string): text is Language {
  return (LANGUAGES as readonly string[]).includes(text);
}

export interface Words {
  readonly title: string;
  readonly explain: string;
  readonly choose: string;
  readonly expected: string;
  readonly working: string;
  readonly valid: string;
  readonly invalid: string;
  readonly unreadable: string;
  readonly tooOld: string;
  readonly case: string;
  readonly node: string;
  readonly key: string;
  readonly compareKey: string;
  readonly checks: string;
  readonly witnesses: string;
  readonly timestamps: string;
  readonly remarks: string;
  readonly offline: string;
  /** The names of the checks. */
  readonly names: Readonly<Record<string, string>>;
}

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    title: 'Verify an evidence bundle',
    explain:
      'Choose the bundle, or drop it here. Every byte, signature and proof in it is checked on this computer.',
    choose: 'Bundle (.zip)',
    expected: 'Key of the node it must come from (optional)',
    working: 'Checking…',
    valid: 'Valid',
    invalid: 'Not valid',
    unreadable: 'This file cannot be read as a bundle',
    tooOld: 'This browser cannot check Ed25519 signatures; use a newer one, or `entente verify`.',
    case: 'Case',
    node: 'Made by',
    key: 'Key of its node',
    compareKey: 'Compare this key with the one you know from another channel: it says whose bundle this is.',
    checks: 'What holds',
    witnesses: 'Who saw this ledger, when, and how many leaves of it',
    timestamps: 'Which authorities time-stamped this ledger, when, and how many leaves of it',
    remarks: 'To be known',
    offline: 'This page works without a network and sends nothing anywhere.',
    names: {
      archive: 'Form of the archive: files',
      manifests: 'Digests of all files',
      signature: 'Signature of the node',
      ledger: 'Entries proven in the ledger',
      custody: 'Events of custody, unbroken',
      exhibits: 'Files of exhibits, unchanged',
      findings: 'Findings, as the runs gave them',
      agreements: 'Agreements, signed by all parties',
    },
  },
  fr: {
    title: 'Vérifier un dossier de preuves',
    explain:
      'Choisissez le dossier ou déposez-le ici. Chaque octet, chaque signature et chaque preuve sont vérifiés sur cet ordinateur.',
    choose: 'Dossier (.zip)',
    expected: 'Clé du nœud dont il doit provenir (facultatif)',
    working: 'Vérification…',
    valid: 'Valide',
    invalid: 'Non valide',
    unreadable: 'Ce fichier ne peut être lu comme un dossier de preuves',
    tooOld:
      'Ce navigateur ne sait pas vérifier les signatures Ed25519 ; utilisez-en un plus récent, ou `entente verify`.',
    case: 'Affaire',
    node: 'Établi par',
    key: 'Clé de son nœud',
    compareKey:
      'Comparez cette clé avec celle que vous connaissez par une autre voie : elle dit de qui vient ce dossier.',
    checks: 'Ce qui est établi',
    witnesses: 'Qui a vu ce registre, quand, et combien de ses entrées',
    timestamps: 'Quelles autorités ont horodaté ce registre, quand, et combien de ses entrées',
    remarks: 'À savoir',
    offline: 'Cette page fonctionne sans réseau et n’envoie rien.',
    names: {
      archive: 'Forme de l’archive : fichiers',
      manifests: 'Empreintes de tous les fichiers',
      signature: 'Signature du nœud',
      ledger: 'Entrées prouvées dans le registre',
      custody: 'Événements de la chaîne de possession, sans rupture',
      exhibits: 'Fichiers des pièces, inchangés',
      findings: 'Résultats, tels que les analyses les ont donnés',
      agreements: 'Accords, signés par toutes les parties',
    },
  },
  es: {
    title: 'Verificar un expediente de pruebas',
    explain:
      'Elija el expediente o suéltelo aquí. Cada byte, cada firma y cada prueba se comprueban en este equipo.',
    choose: 'Expediente (.zip)',
    expected: 'Clave del nodo del que debe proceder (opcional)',
    working: 'Comprobando…',
    valid: 'Válido',
    invalid: 'No válido',
    unreadable: 'Este archivo no se puede leer como un expediente de pruebas',
    tooOld: 'Este navegador no sabe comprobar firmas Ed25519; utilice uno más reciente, o `entente verify`.',
    case: 'Caso',
    node: 'Elaborado por',
    key: 'Clave de su nodo',
    compareKey: 'Compare esta clave con la que conoce por otra vía: dice de quién es este expediente.',
    checks: 'Lo que se cumple',
    witnesses: 'Quién vio este registro, cuándo y cuántas de sus entradas',
    timestamps: 'Qué autoridades sellaron el tiempo de este registro, cuándo y cuántas de sus entradas',
    remarks: 'Debe saberse',
    offline: 'Esta página funciona sin red y no envía nada a ninguna parte.',
    names: {
      archive: 'Forma del archivo: ficheros',
      manifests: 'Resúmenes de todos los ficheros',
      signature: 'Firma del nodo',
      ledger: 'Entradas probadas en el registro',
      custody: 'Eventos de la cadena de custodia, sin interrupción',
      exhibits: 'Ficheros de las pruebas, sin cambios',
      findings: 'Hallazgos, tal como los dieron los análisis',
      agreements: 'Acuerdos, firmados por todas las partes',
    },
  },
  ar: {
    title: 'التحقق من حزمة أدلة',
    explain: 'اختر الحزمة أو أسقطها هنا. يُفحص كل بايت وكل توقيع وكل إثبات فيها على هذا الحاسوب.',
    choose: 'الحزمة ‎(.zip)‎',
    expected: 'مفتاح العقدة التي يجب أن تأتي منها (اختياري)',
    working: 'جارٍ الفحص…',
    valid: 'صحيحة',
    invalid: 'غير صحيحة',
    unreadable: 'لا يمكن قراءة هذا الملف بوصفه حزمة أدلة',
    tooOld: 'لا يستطيع هذا المتصفح التحقق من توقيعات Ed25519؛ استخدم متصفحًا أحدث أو `entente verify`.',
    case: 'القضية',
    node: 'أعدّها',
    key: 'مفتاح العقدة',
    compareKey: 'قارن هذا المفتاح بما تعرفه عبر قناة أخرى: فهو يبيّن لمن هذه الحزمة.',
    checks: 'ما ثبت',
    witnesses: 'من شهد هذا السجل ومتى وكم قيدًا منه',
    timestamps: 'أي جهات الختم الزمني أثبتت هذا السجل ومتى وكم قيدًا منه',
    remarks: 'مما ينبغي معرفته',
    offline: 'تعمل هذه الصفحة دون شبكة ولا ترسل شيئًا إلى أي جهة.',
    names: {
      archive: 'شكل الأرشيف: الملفات',
      manifests: 'بصمات جميع الملفات',
      signature: 'توقيع العقدة',
      ledger: 'قيود مثبتة في السجل',
      custody: 'أحداث سلسلة الحيازة دون انقطاع',
      exhibits: 'ملفات المضبوطات دون تغيير',
      findings: 'النتائج كما أعطتها عمليات الفحص',
      agreements: 'الاتفاقات موقعة من جميع الأطراف',
    },
  },
};
