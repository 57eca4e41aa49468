import type { Exercise } from '../exercise.ts';

/** Files are encrypted over a remote session; the ransom is followed through three addresses. The coin addresses are invalid ones on purpose. */
export const RANSOMWARE: Exercise = {
  id: 'ransomware',
  version: 2,
  seed: 202,
  begins: '2026-04-11T20:00:00.000Z',
  paths: ['first-responder', 'investigator', 'prosecutor'],
  title: {
    en: 'Ransomware, and where the payment went',
    ar: 'برنامج فدية، وأين ذهب المال',
    fr: 'Un rançongiciel, et le chemin du paiement',
    es: 'Un programa de rescate y el rastro del pago',
  },
  briefing: {
    en: 'A clinic’s server was encrypted at night and a ransom was paid. Find how they came in, when it began, and who was paid out in the end.',
    ar: 'شُفِّر خادم عيادة ليلًا ودُفعت فدية. اعرف كيف دخلوا ومتى بدأ الأمر ومن قبض المال في النهاية.',
    fr: 'Le serveur d’une clinique a été chiffré de nuit et une rançon versée. Trouvez l’entrée, le début et le bénéficiaire final.',
    es: 'El servidor de una clínica fue cifrado de noche y se pagó un rescate. Averigüe por dónde entraron, cuándo empezó y quién cobró al final.',
  },
  evidence: [
    {
      name: 'server.log',
      form: 'syslog',
      noise: 500,
      lines: [
        { minute: 12, text: 'srv01 remote-desktop[880]: sign-in failed user=backup from=198.51.100.45' },
        { minute: 13, text: 'srv01 remote-desktop[880]: sign-in ok user=backup from=198.51.100.45' },
        { minute: 41, text: 'srv01 files[412]: created /data/README_RESTORE.txt' },
        { minute: 41, text: 'srv01 files[412]: started /tmp/locker --key harbour-9-lantern' },
        { minute: 42, text: 'srv01 files[412]: renamed /data/patients.csv to /data/patients.csv.locked42' },
      ],
    },
    {
      name: 'README_RESTORE.txt',
      form: 'table',
      noise: 0,
      lines: [
        {
          minute: 0,
          text: 'Your files are encrypted. Pay 2.5 to toy1qclinicpayshere000. Contact: restore@locked42.example.org',
        },
      ],
    },
    {
      name: 'patients.csv.locked42',
      form: 'locked',
      noise: 0,
      locked: { name: 'patients.csv', key: 'harbour-9-lantern' },
      lines: ['ward,patient,bed', 'A,example-1,12', 'B,example-2,47', 'B,example-3,48'].map((text) => ({
        minute: 0,
        text,
      })),
    },
    {
      name: 'payments.csv',
      form: 'table',
      noise: 0,
      lines: [
        'time,from,to,amount',
        '2026-04-12T09:00:00Z,toy1qclinic,toy1qclinicpayshere000,2.5',
        '2026-04-12T09:40:00Z,toy1qclinicpayshere000,toy1qsplit111,1.5',
        '2026-04-12T09:41:00Z,toy1qclinicpayshere000,toy1qsplit222,1.0',
        '2026-04-12T11:00:00Z,toy1qsplit111,toy1qexchange999,1.5',
        '2026-04-12T11:05:00Z,toy1qsplit222,toy1qexchange999,1.0',
        '2026-04-12T12:00:00Z,toy1qother,toy1qunrelated,0.2',
      ].map((text) => ({ minute: 0, text })),
    },
  ],
  indicators: ['198.51.100.45', 'locked42.example.org'],
  tasks: [
    {
      id: 'read-log',
      kind: 'action',
      action: 'read-exhibit',
      exhibit: 'server.log',
      points: 10,
      words: {
        en: 'Read the server’s log as an exhibit.',
        ar: 'اقرأ سجل الخادم بوصفه معروضًا.',
        fr: 'Lisez le journal du serveur en tant que pièce.',
        es: 'Lea el registro del servidor como prueba.',
      },
    },
    {
      id: 'entry',
      kind: 'finding',
      points: 20,
      answers: ['198.51.100.45'],
      words: {
        en: 'From which address did they come in?',
        ar: 'من أي عنوان دخلوا؟',
        fr: 'Depuis quelle adresse sont-ils entrés ?',
        es: '¿Desde qué dirección entraron?',
      },
      hint: {
        cost: 8,
        words: {
          en: 'A failed sign-in comes right before the one that worked.',
          ar: 'محاولة دخول فاشلة تسبق الناجحة مباشرة.',
          fr: 'Un échec de connexion précède juste la réussite.',
          es: 'Un acceso fallido precede justo al que funcionó.',
        },
      },
    },
    {
      id: 'account',
      kind: 'finding',
      points: 10,
      answers: ['backup'],
      words: {
        en: 'With which account?',
        ar: 'بأي حساب؟',
        fr: 'Avec quel compte ?',
        es: '¿Con qué cuenta?',
      },
    },
    {
      id: 'begin',
      kind: 'finding',
      points: 20,
      answers: [
        '2026-04-11T20:42:00Z',
        '2026-04-11T20:42:00.000Z',
        '2026-04-11T20:42Z',
        '2026-04-11 20:42',
        '2026-04-11 20:42:00',
        '2026-04-11 20:42 UTC',
        '20:42',
        '20:42:00',
        '20:42 UTC',
        '20:42Z',
      ],
      words: {
        en: 'When was the first file encrypted (UTC)?',
        ar: 'متى شُفِّر أول ملف (UTC)؟',
        fr: 'Quand le premier fichier a-t-il été chiffré (UTC) ?',
        es: '¿Cuándo se cifró el primer archivo (UTC)?',
      },
    },
    {
      id: 'restored',
      kind: 'finding',
      points: 20,
      answers: ['47'],
      words: {
        en: 'Decrypt patients.csv.locked42. In which bed is the patient example-2?',
        ar: 'فُكَّ تشفير patients.csv.locked42. في أي سرير المريض example-2؟',
        fr: 'Déchiffrez patients.csv.locked42. Dans quel lit est le patient example-2 ?',
        es: 'Descifre patients.csv.locked42. ¿En qué cama está el paciente example-2?',
      },
      hint: {
        cost: 8,
        words: {
          en: 'The log shows how the locker was started. The tool toy-decryptor takes that key.',
          ar: 'يُظهر السجل كيف بدأ برنامج التشفير. الأداة toy-decryptor تأخذ ذلك المفتاح.',
          fr: 'Le journal montre comment le chiffreur a été lancé. L’outil toy-decryptor prend cette clé.',
          es: 'El registro muestra cómo se inició el cifrador. La herramienta toy-decryptor toma esa clave.',
        },
      },
    },
    {
      id: 'payout',
      kind: 'finding',
      points: 20,
      answers: ['toy1qexchange999'],
      words: {
        en: 'At which address does all of the ransom come together again?',
        ar: 'عند أي عنوان تجتمع الفدية كلها من جديد؟',
        fr: 'À quelle adresse toute la rançon se rejoint-elle ?',
        es: '¿En qué dirección vuelve a juntarse todo el rescate?',
      },
      hint: {
        cost: 8,
        words: {
          en: 'Follow both parts: 1.5 and 1.0.',
          ar: 'تتبّع الجزأين: 1.5 و1.0.',
          fr: 'Suivez les deux parts : 1,5 et 1,0.',
          es: 'Siga las dos partes: 1,5 y 1,0.',
        },
      },
    },
    {
      id: 'total',
      kind: 'finding',
      points: 10,
      after: 'exchange-answers',
      answers: ['2.5'],
      words: {
        en: 'How much is there to be frozen?',
        ar: 'كم المبلغ الذي يُجمَّد؟',
        fr: 'Quel montant faut-il geler ?',
        es: '¿Cuánto hay que congelar?',
      },
    },
    {
      id: 'red-report',
      kind: 'handling',
      points: 20,
      act: 'release',
      releaseClass: { category: 'file-indicators', tlp: 'red', pap: 'amber', personalData: 'none' },
      words: {
        en: 'May the company give you a hash that it marked TLP:RED, under the agreement? allow, deny or ask',
        ar: 'هل يجوز للشركة بموجب الاتفاق أن تعطيك بصمة وسمتها TLP:RED؟ allow أو deny أو ask',
        fr: 'L’entreprise peut-elle vous donner une empreinte marquée TLP:RED selon l’accord ? allow, deny ou ask',
        es: '¿Puede la empresa darle un hash marcado TLP:RED según el acuerdo? allow, deny o ask',
      },
    },
  ],
  injects: [
    {
      id: 'exchange-answers',
      words: {
        en: 'The exchange answers: it can freeze the account within the hour, and asks for the amount.',
        ar: 'أجابت المنصة: تستطيع تجميد الحساب خلال ساعة وتطلب المبلغ.',
        fr: 'La plateforme répond : elle peut geler le compte dans l’heure et demande le montant.',
        es: 'La plataforma responde: puede congelar la cuenta en una hora y pide el importe.',
      },
    },
  ],
  passPercent: 70,
};
