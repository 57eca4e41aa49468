import type { Exercise } from '../exercise.ts';

/** Servers of a botnet are found in beacons, and each country gets its own. */
export const BOTNET: Exercise = {
  id: 'botnet',
  version: 3,
  seed: 303,
  begins: '2026-05-20T10:00:00.000Z',
  paths: ['analyst', 'investigator', 'data-protection'],
  title: {
    en: 'A botnet, taken down country by country',
    ar: 'شبكة روبوتات تُفكَّك بلدًا بلدًا',
    fr: 'Un réseau de machines zombies, démantelé pays par pays',
    es: 'Una red de bots, desmantelada país por país',
  },
  briefing: {
    en: 'Infected machines call home at fixed intervals. Find the command servers, put them into packages by country, and keep the victims’ data where it belongs.',
    ar: 'أجهزة مصابة تتصل على فترات ثابتة. اعثر على خوادم التحكم ووزّعها حسب البلد وأبقِ بيانات الضحايا حيث يجب.',
    fr: 'Des machines infectées appellent à intervalles fixes. Trouvez les serveurs, répartissez-les par pays et protégez les données des victimes.',
    es: 'Equipos infectados llaman a intervalos fijos. Encuentre los servidores, repártalos por países y proteja los datos de las víctimas.',
  },
  operation: true,
  evidence: [
    {
      name: 'gateway.log',
      form: 'proxy-log',
      noise: 500,
      lines: Array.from({ length: 24 }, (_, i) => ({
        minute: i * 10,
        text: `192.0.2.${i % 2 === 0 ? 31 : 32} machine POST https://${i % 2 === 0 ? '203.0.113.10' : '198.51.100.20'}/gate 200 64`,
      })),
    },
    {
      name: 'servers.csv',
      form: 'table',
      noise: 0,
      lines: [
        'address,country,network,role',
        '203.0.113.10,FR,Réseau Exemple,command',
        '198.51.100.20,ES,Red Ejemplo,command',
        '203.0.113.50,FR,Réseau Exemple,shared web hosting',
        '198.51.100.99,ES,Red Ejemplo,sinkhole of a researcher',
      ].map((text) => ({ minute: 0, text })),
    },
    {
      name: 'victims.jsonl',
      form: 'json-lines',
      noise: 60,
      lines: [
        { minute: 5, text: '{"victim":"192.0.2.31","country":"FR","seen":"beacon"}' },
        { minute: 15, text: '{"victim":"192.0.2.32","country":"ES","seen":"beacon"}' },
      ],
    },
  ],
  indicators: ['203.0.113.10', '198.51.100.20'],
  tasks: [
    {
      id: 'read-gateway',
      kind: 'action',
      action: 'read-exhibit',
      exhibit: 'gateway.log',
      points: 10,
      words: {
        en: 'Read the gateway’s log as an exhibit.',
        ar: 'اقرأ سجل البوابة بوصفه معروضًا.',
        fr: 'Lisez le journal de la passerelle en tant que pièce.',
        es: 'Lea el registro de la pasarela como prueba.',
      },
    },
    {
      id: 'run',
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
      id: 'interval',
      kind: 'finding',
      points: 20,
      answers: ['20', '20 minutes', '20 min', '20 دقيقة', '20 minutos', '20 mn'],
      words: {
        en: 'How many minutes lie between two calls of one machine?',
        ar: 'كم دقيقة بين اتصالين لجهاز واحد؟',
        fr: 'Combien de minutes séparent deux appels d’une même machine ?',
        es: '¿Cuántos minutos hay entre dos llamadas de un mismo equipo?',
      },
      hint: {
        cost: 8,
        words: {
          en: 'Two machines take turns.',
          ar: 'جهازان يتناوبان.',
          fr: 'Deux machines alternent.',
          es: 'Dos equipos se turnan.',
        },
      },
    },
    {
      id: 'package-fr',
      kind: 'action',
      action: 'route',
      country: 'FR',
      targets: ['203.0.113.10'],
      points: 20,
      words: {
        en: 'Give the operation its targets, and route to France what belongs into its package, and nothing else.',
        ar: 'أعطِ العملية أهدافها، ووجّه إلى فرنسا ما يدخل في حزمتها ولا شيء غيره.',
        fr: 'Donnez ses cibles à l’opération et dirigez vers la France ce qui entre dans son paquet, et rien d’autre.',
        es: 'Dé a la operación sus objetivos y dirija a Francia lo que va en su paquete, y nada más.',
      },
      hint: {
        cost: 8,
        words: {
          en: 'Shared hosting is no target. `entente operation targets`, then `operation route`.',
          ar: 'الاستضافة المشتركة ليست هدفًا. استعمل `entente operation targets` ثم `operation route`.',
          fr: 'Un hébergement mutualisé n’est pas une cible. `entente operation targets`, puis `operation route`.',
          es: 'Un alojamiento compartido no es un objetivo. `entente operation targets` y después `operation route`.',
        },
      },
    },
    {
      id: 'package-es',
      kind: 'action',
      action: 'route',
      country: 'ES',
      targets: ['198.51.100.20'],
      points: 20,
      words: {
        en: 'Route to Spain what belongs into its package. Hold what must be left alone.',
        ar: 'وجّه إلى إسبانيا ما يدخل في حزمتها. واحجز ما يجب ألا يُمسّ.',
        fr: 'Dirigez vers l’Espagne ce qui entre dans son paquet. Retenez ce à quoi il ne faut pas toucher.',
        es: 'Dirija a España lo que va en su paquete. Retenga lo que no se debe tocar.',
      },
    },
    {
      id: 'package-look',
      kind: 'finding',
      points: 10,
      answers: ['1', 'one', 'un', 'uno', 'واحد'],
      words: {
        en: 'Make the packages and look into the one for Spain. How many items does it hold?',
        ar: 'أنشئ الحزم وانظر في حزمة إسبانيا. كم عنصرًا فيها؟',
        fr: 'Faites les paquets et regardez celui de l’Espagne. Combien d’éléments contient-il ?',
        es: 'Haga los paquetes y mire el de España. ¿Cuántos elementos contiene?',
      },
      hint: {
        cost: 4,
        words: {
          en: '`entente operation package` with `--out` writes one page for each country; it is sent to nobody.',
          ar: '`entente operation package` مع `--out` يكتب صفحة لكل بلد، ولا تُرسل إلى أحد.',
          fr: '`entente operation package` avec `--out` écrit une page par pays ; elle n’est envoyée à personne.',
          es: '`entente operation package` con `--out` escribe una página por país; no se envía a nadie.',
        },
      },
    },
    {
      id: 'sinkhole',
      kind: 'finding',
      points: 10,
      after: 'researcher-writes',
      answers: ['198.51.100.99'],
      words: {
        en: 'Which address must be left alone?',
        ar: 'أي عنوان يجب ألا يُمَسّ؟',
        fr: 'À quelle adresse ne faut-il pas toucher ?',
        es: '¿Qué dirección no se debe tocar?',
      },
    },
    {
      id: 'victims',
      kind: 'handling',
      points: 20,
      act: 'release',
      releaseClass: { category: 'victims', tlp: 'amber', pap: 'amber', personalData: 'victim' },
      words: {
        en: 'May the company give you the list of victims under this agreement? allow, deny or ask',
        ar: 'هل يجوز للشركة أن تعطيك قائمة الضحايا بموجب هذا الاتفاق؟ allow أو deny أو ask',
        fr: 'L’entreprise peut-elle vous donner la liste des victimes selon cet accord ? allow, deny ou ask',
        es: '¿Puede la empresa darle la lista de víctimas según este acuerdo? allow, deny o ask',
      },
    },
  ],
  injects: [
    {
      id: 'researcher-writes',
      words: {
        en: 'A researcher writes: one of the addresses collects calls to count victims. Please do not take it down.',
        ar: 'كتب باحث: أحد العناوين يجمع الاتصالات لإحصاء الضحايا. لا توقفوه من فضلكم.',
        fr: 'Un chercheur écrit : une des adresses recueille les appels pour compter les victimes. Ne la coupez pas.',
        es: 'Escribe un investigador: una de las direcciones recoge llamadas para contar víctimas. No la retiren.',
      },
    },
  ],
  passPercent: 70,
};
