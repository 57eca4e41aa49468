import type { Exercise } from '../exercise.ts';

/** A mail leads to a copied sign-in page; the stolen password is used from abroad. */
export const PHISHING: Exercise = {
  id: 'phishing',
  version: 1,
  seed: 101,
  begins: '2026-03-02T07:00:00.000Z',
  paths: ['first-responder', 'analyst', 'investigator'],
  title: {
    en: 'From a phishing mail to stolen credentials',
    ar: 'من رسالة تصيّد إلى سرقة بيانات الدخول',
    fr: 'D’un courriel d’hameçonnage au vol d’identifiants',
    es: 'De un correo de suplantación al robo de credenciales',
  },
  briefing: {
    en: 'An employee reports a strange mail. Find where it led, whose password was given away, and from where it was used.',
    ar: 'أبلغ موظف عن رسالة غريبة. اعرف إلى أين قادت، ومن أعطى كلمة مروره، ومن أين استُخدمت.',
    fr: 'Un employé signale un courriel étrange. Trouvez où il menait, qui a donné son mot de passe et d’où il a servi.',
    es: 'Un empleado avisa de un correo extraño. Averigüe adónde llevaba, quién entregó su contraseña y desde dónde se usó.',
  },
  evidence: [
    {
      name: 'reported.eml',
      form: 'mail',
      noise: 0,
      lines: [
        'From: "IT Service" <service@it-desk.example.net>',
        'To: dalia@harbour.example',
        'Date: Mon, 02 Mar 2026 07:12:00 +0000',
        'Subject: Your mailbox is full',
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
        '',
        'Confirm your password today: https://portal-harbour.example.net/login?u=dalia',
      ].map((text) => ({ minute: 0, text })),
    },
    {
      name: 'proxy.log',
      form: 'proxy-log',
      noise: 400,
      lines: [
        {
          minute: 31,
          text: '192.0.2.23 dalia GET https://portal-harbour.example.net/login?u=dalia 200 5120',
        },
        { minute: 32, text: '192.0.2.23 dalia POST https://portal-harbour.example.net/collect 302 311' },
        { minute: 40, text: '192.0.2.14 emil GET https://portal-harbour.example.net/login?u=emil 200 5120' },
      ],
    },
    {
      name: 'sign-ins.jsonl',
      form: 'json-lines',
      noise: 200,
      lines: [
        { minute: 55, text: '{"user":"dalia","source":"203.0.113.77","event":"sign-in","result":"ok"}' },
        {
          minute: 58,
          text: '{"user":"dalia","source":"203.0.113.77","event":"forward-rule","target":"drop@collector.example.org"}',
        },
      ],
    },
  ],
  indicators: ['portal-harbour.example.net', '203.0.113.77'],
  tasks: [
    {
      id: 'read-mail',
      kind: 'action',
      action: 'read-exhibit',
      exhibit: 'reported.eml',
      points: 10,
      words: {
        en: 'Read the reported mail as an exhibit.',
        ar: 'اقرأ الرسالة المبلَّغ عنها بوصفها معروضًا.',
        fr: 'Lisez le courriel signalé en tant que pièce.',
        es: 'Lea el correo denunciado como prueba.',
      },
    },
    {
      id: 'match',
      kind: 'action',
      action: 'run-tool',
      points: 10,
      words: {
        en: 'Run a tool over the case.',
        ar: 'شغّل أداة على القضية.',
        fr: 'Exécutez un outil sur l’affaire.',
        es: 'Ejecute una herramienta sobre el caso.',
      },
    },
    {
      id: 'domain',
      kind: 'finding',
      points: 20,
      answers: ['portal-harbour.example.net'],
      words: {
        en: 'Which host shows the copied sign-in page?',
        ar: 'أي مضيف يعرض صفحة الدخول المنسوخة؟',
        fr: 'Quel hôte présente la fausse page de connexion ?',
        es: '¿Qué servidor muestra la página de acceso copiada?',
      },
      hint: {
        cost: 8,
        words: {
          en: 'The link is in the mail.',
          ar: 'الرابط في الرسالة.',
          fr: 'Le lien est dans le courriel.',
          es: 'El enlace está en el correo.',
        },
      },
    },
    {
      id: 'victim',
      kind: 'finding',
      points: 20,
      answers: ['dalia', 'dalia@harbour.example'],
      words: {
        en: 'Who entered a password? Opening the page is not enough.',
        ar: 'من أدخل كلمة مرور؟ فتح الصفحة لا يكفي.',
        fr: 'Qui a saisi un mot de passe ? Ouvrir la page ne suffit pas.',
        es: '¿Quién introdujo una contraseña? Abrir la página no basta.',
      },
      hint: {
        cost: 8,
        words: {
          en: 'Look for POST in the proxy log.',
          ar: 'ابحث عن POST في سجل الوكيل.',
          fr: 'Cherchez POST dans le journal du mandataire.',
          es: 'Busque POST en el registro del proxy.',
        },
      },
    },
    {
      id: 'source',
      kind: 'finding',
      points: 20,
      answers: ['203.0.113.77'],
      words: {
        en: 'From which address was the stolen password used?',
        ar: 'من أي عنوان استُخدمت كلمة المرور المسروقة؟',
        fr: 'Depuis quelle adresse le mot de passe volé a-t-il servi ?',
        es: '¿Desde qué dirección se usó la contraseña robada?',
      },
    },
    {
      id: 'rule',
      kind: 'finding',
      points: 10,
      after: 'bank-call',
      answers: ['drop@collector.example.org'],
      words: {
        en: 'To which mailbox are the victim’s mails forwarded?',
        ar: 'إلى أي صندوق تُحوَّل رسائل الضحية؟',
        fr: 'Vers quelle boîte les courriels de la victime sont-ils transférés ?',
        es: '¿A qué buzón se reenvían los correos de la víctima?',
      },
    },
    {
      id: 'forward',
      kind: 'handling',
      points: 20,
      act: 'onward',
      onwardTo: 'A bank',
      releaseClass: { category: 'reports', tlp: 'green', pap: 'amber', personalData: 'none' },
      words: {
        en: 'The company’s report is TLP:GREEN. May you pass it on to a bank? allow, deny or ask',
        ar: 'تقرير الشركة بوسم TLP:GREEN. هل يجوز لك تمريره إلى مصرف؟ allow أو deny أو ask',
        fr: 'Le rapport de l’entreprise est TLP:GREEN. Pouvez-vous le transmettre à une banque ? allow, deny ou ask',
        es: 'El informe de la empresa es TLP:GREEN. ¿Puede pasarlo a un banco? allow, deny o ask',
      },
    },
  ],
  injects: [
    {
      id: 'bank-call',
      words: {
        en: 'A bank calls: invoices sent by the victim never arrived. Somebody may be reading along.',
        ar: 'اتصل مصرف: فواتير أرسلتها الضحية لم تصل. ربما يقرأ أحدهم البريد.',
        fr: 'Une banque appelle : des factures de la victime ne sont jamais arrivées. Quelqu’un lit peut-être le courrier.',
        es: 'Llama un banco: unas facturas de la víctima no llegaron. Quizá alguien lee el correo.',
      },
    },
  ],
  passPercent: 70,
};
