/** The public page of the free service, without scripts, in four languages; and the words of its answers. */
import type { Language } from '../../agreement/index.ts';
import { encodeBase64, Html, html, utf8 } from '../../base/index.ts';
import type { FreeTerms, Offer, Quota } from '../../desk/index.ts';
import type { FreeAnswer, FreeLabel } from '../../exchange/index.ts';
import { STYLE } from './style.ts';

interface LabelWords {
  readonly says: string;
  readonly isNot: string;
  readonly next: string[];
}

interface PageWords {
  readonly title: string;
  readonly lead: string;
  readonly closed: string;
  readonly answers: string;
  readonly example: string;
  readonly live: string;
  readonly offers: string;
  /** What it is called, and how it works. */
  readonly offered: Readonly<Record<Offer, readonly [string, string]>>;
  readonly join: string;
  readonly joinWords: string;
  readonly agency: string;
  readonly voucher: string;
  readonly mail: string;
  readonly code: string;
  readonly keep: string;
  readonly register: string;
  readonly newToken: string;
  readonly mailed: string;
  readonly limits: string;
  readonly limitWords: (terms: FreeTerms) => string;
  readonly privacy: string;
  readonly privacyWords: string;
  readonly bulk: string;
  readonly bulkWords: string;
  readonly token: string;
  readonly file: string;
  readonly typed: string;
  readonly ask: string;
  readonly results: string;
  readonly value: string;
  readonly answer: string;
  readonly because: string;
  readonly again: string;
  readonly left: string;
  readonly back: string;
  readonly save: string;
  readonly labels: Readonly<Record<FreeLabel, LabelWords>>;
}

export const FREE_WORDS: Readonly<Record<Language, PageWords>> = {
  en: {
    title: 'Free look-ups for law enforcement',
    lead: 'Ask whether a file hash, an address, a domain or a URL is known here, why, and what to do next.',
    closed: 'This organisation has not opened the service.',
    answers: 'What an answer says',
    example: 'How to ask',
    live: 'What is answered now',
    offers: 'What else this organisation gives, under an agreement',
    offered: {
      experts: [
        'Experts',
        'An expert works in your case from a seat: named exhibits, for a time, every act recorded.',
      ],
      support: ['Support', 'Questions are answered within agreed hours, urgent ones day and night.'],
      intelligence: [
        'Intelligence',
        'Indicators and reports cross as the clauses allow, with who contributed them.',
      ],
      tools: [
        'Tools',
        'Signed packages that are tested before they are accepted, and run closed in beside your evidence.',
      ],
      training: [
        'Training',
        'Exercises on synthetic evidence; passing earns a credential that is verified offline.',
      ],
    },
    join: 'How an agency gets in',
    joinWords: 'With a voucher of an agency already in, or by a mail address in one of these domains:',
    agency: 'Name of your agency',
    voucher: 'Voucher',
    mail: 'or mail address',
    code: 'or the code that came by mail',
    keep: 'Keep what we ask, for ourselves',
    register: 'Register',
    newToken: 'The token of your agency. It is shown once; keep it safe.',
    mailed: 'A code comes by mail. Enter it here.',
    limits: 'Limits',
    limitWords: (terms) =>
      `${terms.perDay} values a day, of which up to ${terms.missesPerDay} may be unknown here. An agency of a partner has the quota of its agreement instead.`,
    privacy: 'What is kept',
    privacyWords: 'How much was asked is counted. What was asked is not kept, unless the agency wants it.',
    bulk: 'Look up a file',
    bulkWords: 'One hash, address, domain or URL a line, up to 500.',
    token: 'Token of your agency',
    file: 'File',
    typed: 'or type them here',
    ask: 'Look up',
    results: 'Answers',
    value: 'Value',
    answer: 'Answer',
    because: 'Why',
    again: 'Ask again after',
    left: 'values left, until',
    back: 'Back',
    save: 'Save as CSV',
    labels: {
      malicious: {
        says: 'Known as malicious now.',
        isNot: 'Not proof against a person: others may share the address.',
        next: ['Secure the evidence with its time.', 'Ask the contributor before using it in court.'],
      },
      'was-malicious': {
        says: 'Known as malicious earlier; its validity has ended.',
        isNot: 'Not a statement about today.',
        next: ['Compare the time of your event with the dates.'],
      },
      'not-yet-valid': {
        says: 'Named as malicious, from a later date on.',
        isNot: 'Not yet in force: its contributor gives the date.',
        next: ['Compare the time of your event with the dates, and ask again after them.'],
      },
      'seen-and-clean': {
        says: 'Seen, and found for innocent reasons.',
        isNot: 'Not a promise: a clean service can be abused.',
        next: ['Look for other traces.'],
      },
      'never-seen': {
        says: 'Never seen in what may be shown here.',
        isNot: 'Not "clean": nothing is known.',
        next: ['Ask again later, or send a request.'],
      },
    },
  },
  ar: {
    title: 'استعلامات مجانية لجهات إنفاذ القانون',
    lead: 'اسأل إن كانت بصمة ملف أو عنوان أو نطاق أو رابط معروفًا هنا، ولماذا، وما العمل بعد ذلك.',
    closed: 'لم تفتح هذه المنظمة الخدمة.',
    answers: 'ماذا تقول الإجابة',
    example: 'كيف تسأل',
    live: 'ما يُجاب به الآن',
    offers: 'ما تقدمه هذه المنظمة أيضًا بموجب اتفاق',
    offered: {
      experts: ['خبراء', 'يعمل الخبير في قضيتكم من مقعد: معروضات محددة، لمدة محددة، وكل فعل مسجل.'],
      support: ['دعم', 'تُجاب الأسئلة خلال ساعات متفق عليها، والعاجلة منها ليلًا ونهارًا.'],
      intelligence: ['معلومات', 'تنتقل المؤشرات والتقارير كما تسمح البنود، مع ذكر من ساهم بها.'],
      tools: ['أدوات', 'حزم موقّعة تُختبر قبل قبولها، وتعمل معزولة بجانب أدلتكم.'],
      training: ['تدريب', 'تمارين على أدلة مصطنعة؛ والنجاح يمنح شهادة يمكن التحقق منها دون اتصال.'],
    },
    join: 'كيف تنضم جهة',
    joinWords: 'بتزكية من جهة منضمة، أو بعنوان بريد في أحد هذه النطاقات:',
    agency: 'اسم جهتكم',
    voucher: 'رمز التزكية',
    mail: 'أو عنوان البريد',
    code: 'أو الرمز الذي وصل بالبريد',
    keep: 'احفظوا ما نسأل عنه، لنا',
    register: 'تسجيل',
    newToken: 'رمز جهتكم. يُعرض مرة واحدة؛ احفظوه في مكان آمن.',
    mailed: 'سيصلكم رمز بالبريد. أدخلوه هنا.',
    limits: 'الحدود',
    limitWords: (terms) =>
      `${terms.perDay} قيمة في اليوم، منها حتى ${terms.missesPerDay} قد لا تكون معروفة هنا. وللجهة التابعة لشريك حصة اتفاقها بدلًا من ذلك.`,
    privacy: 'ما الذي يُحفظ',
    privacyWords: 'يُحصى عدد الأسئلة. ولا يُحفظ مضمونها إلا إذا أرادت الجهة ذلك.',
    bulk: 'البحث عن ملف',
    bulkWords: 'تجزئة أو عنوان أو نطاق أو رابط في كل سطر، حتى 500.',
    token: 'رمز جهتكم',
    file: 'ملف',
    typed: 'أو اكتبها هنا',
    ask: 'بحث',
    results: 'الأجوبة',
    value: 'القيمة',
    answer: 'الجواب',
    because: 'السبب',
    again: 'اسأل مجددا بعد',
    left: 'قيم متبقية، حتى',
    back: 'رجوع',
    save: 'حفظ بصيغة CSV',
    labels: {
      malicious: {
        says: 'معروف بأنه ضار الآن.',
        isNot: 'ليس دليلًا ضد شخص: قد يشترك آخرون في العنوان.',
        next: ['احفظ الدليل مع وقته.', 'اسأل المساهم قبل استخدامه أمام القضاء.'],
      },
      'was-malicious': {
        says: 'عُرف بأنه ضار سابقًا وانتهت صلاحيته.',
        isNot: 'ليس قولًا عن اليوم.',
        next: ['قارن وقت حدثك بالتواريخ.'],
      },
      'not-yet-valid': {
        says: 'وُصف بأنه ضار ابتداءً من تاريخ لاحق.',
        isNot: 'ليس ساريًا بعد: المساهم يذكر التاريخ.',
        next: ['قارن وقت حدثك بالتواريخ، واسأل مرة أخرى بعدها.'],
      },
      'seen-and-clean': {
        says: 'شوهد، ولأسباب بريئة.',
        isNot: 'ليس وعدًا: قد يُساء استخدام خدمة سليمة.',
        next: ['ابحث عن آثار أخرى.'],
      },
      'never-seen': {
        says: 'لم يُشاهد قط فيما يجوز عرضه هنا.',
        isNot: 'لا يعني أنه سليم: لا يُعرف شيء.',
        next: ['اسأل لاحقًا أو أرسل طلبًا.'],
      },
    },
  },
  fr: {
    title: 'Consultations gratuites pour les forces de l’ordre',
    lead: 'Demandez si une empreinte de fichier, une adresse, un domaine ou une URL est connu ici, pourquoi, et que faire ensuite.',
    closed: 'Cette organisation n’a pas ouvert le service.',
    answers: 'Ce que dit une réponse',
    example: 'Comment demander',
    live: 'Ce qui est répondu en ce moment',
    offers: 'Ce que cette organisation apporte aussi, dans le cadre d’un accord',
    offered: {
      experts: [
        'Experts',
        'Un expert travaille dans votre affaire depuis une place : pièces désignées, durée limitée, chaque acte consigné.',
      ],
      support: [
        'Assistance',
        'Les questions reçoivent réponse dans les heures convenues, les urgentes jour et nuit.',
      ],
      intelligence: [
        'Renseignement',
        'Indicateurs et rapports passent comme les clauses le permettent, avec leur contributeur.',
      ],
      tools: [
        'Outils',
        'Des paquets signés, testés avant d’être acceptés, qui s’exécutent isolés à côté de vos preuves.',
      ],
      training: [
        'Formation',
        'Des exercices sur des preuves synthétiques ; la réussite donne un titre vérifiable hors ligne.',
      ],
    },
    join: 'Comment un service entre',
    joinWords: 'Avec la caution d’un service déjà admis, ou par une adresse dans un de ces domaines :',
    agency: 'Nom de votre service',
    voucher: 'Bon',
    mail: 'ou adresse électronique',
    code: 'ou le code reçu par courrier électronique',
    keep: 'Conserver nos questions, pour nous-mêmes',
    register: 'S’inscrire',
    newToken: 'Le jeton de votre service. Il n’est montré qu’une fois ; gardez-le en lieu sûr.',
    mailed: 'Un code arrive par courrier électronique. Saisissez-le ici.',
    limits: 'Limites',
    limitWords: (terms) =>
      `${terms.perDay} valeurs par jour, dont ${terms.missesPerDay} au plus peuvent être inconnues ici. Le service d’un partenaire a le quota de son accord à la place.`,
    privacy: 'Ce qui est conservé',
    privacyWords:
      'On compte combien est demandé. Ce qui est demandé n’est pas conservé, sauf si le service le veut.',
    bulk: 'Consulter un fichier',
    bulkWords: 'Une empreinte, adresse, domaine ou URL par ligne, jusqu’à 500.',
    token: 'Jeton de votre service',
    file: 'Fichier',
    typed: 'ou saisissez-les ici',
    ask: 'Consulter',
    results: 'Réponses',
    value: 'Valeur',
    answer: 'Réponse',
    because: 'Pourquoi',
    again: 'Redemander après',
    left: 'valeurs restantes, jusqu’au',
    back: 'Retour',
    save: 'Enregistrer en CSV',
    labels: {
      malicious: {
        says: 'Connu comme malveillant à présent.',
        isNot: 'Pas une preuve contre une personne : d’autres peuvent partager l’adresse.',
        next: ['Conservez la preuve avec son heure.', 'Demandez au contributeur avant un usage en justice.'],
      },
      'was-malicious': {
        says: 'Connu comme malveillant autrefois ; la validité a pris fin.',
        isNot: 'Ne dit rien d’aujourd’hui.',
        next: ['Comparez l’heure de votre fait aux dates.'],
      },
      'not-yet-valid': {
        says: 'Signalé comme malveillant à partir d’une date future.',
        isNot: 'Pas encore en vigueur : le contributeur donne la date.',
        next: ['Comparez l’heure de votre fait aux dates, et redemandez ensuite.'],
      },
      'seen-and-clean': {
        says: 'Vu, et pour des raisons innocentes.',
        isNot: 'Pas une promesse : un service sain peut être détourné.',
        next: ['Cherchez d’autres traces.'],
      },
      'never-seen': {
        says: 'Jamais vu dans ce qui peut être montré ici.',
        isNot: 'Pas « sain » : on n’en sait rien.',
        next: ['Redemandez plus tard, ou envoyez une demande.'],
      },
    },
  },
  es: {
    title: 'Consultas gratuitas para las fuerzas del orden',
    lead: 'Pregunte si una huella de archivo, una dirección, un dominio o una URL se conoce aquí, por qué y qué hacer después.',
    closed: 'Esta organización no ha abierto el servicio.',
    answers: 'Qué dice una respuesta',
    example: 'Cómo preguntar',
    live: 'Lo que se responde ahora',
    offers: 'Qué más da esta organización, con un acuerdo',
    offered: {
      experts: [
        'Expertos',
        'Un experto trabaja en su caso desde una plaza: evidencias nombradas, por un tiempo, cada acto registrado.',
      ],
      support: ['Soporte', 'Las preguntas se responden en las horas acordadas, las urgentes día y noche.'],
      intelligence: [
        'Inteligencia',
        'Indicadores e informes cruzan como permiten las cláusulas, con quién los aportó.',
      ],
      tools: [
        'Herramientas',
        'Paquetes firmados que se prueban antes de aceptarlos y se ejecutan aislados junto a sus evidencias.',
      ],
      training: [
        'Formación',
        'Ejercicios con evidencias sintéticas; aprobarlos da una credencial que se verifica sin conexión.',
      ],
    },
    join: 'Cómo entra un organismo',
    joinWords:
      'Con el aval de un organismo ya admitido, o con una dirección de correo en uno de estos dominios:',
    agency: 'Nombre de su agencia',
    voucher: 'Vale',
    mail: 'o dirección de correo',
    code: 'o el código que llegó por correo',
    keep: 'Conservar lo que preguntamos, para nosotros',
    register: 'Registrarse',
    newToken: 'El token de su agencia. Se muestra una vez; guárdelo bien.',
    mailed: 'Un código llega por correo. Introdúzcalo aquí.',
    limits: 'Límites',
    limitWords: (terms) =>
      `${terms.perDay} valores al día, de los que hasta ${terms.missesPerDay} pueden ser desconocidos aquí. La agencia de un socio tiene en su lugar el cupo de su acuerdo.`,
    privacy: 'Qué se guarda',
    privacyWords:
      'Se cuenta cuánto se pregunta. Lo que se pregunta no se guarda, salvo que el organismo lo quiera.',
    bulk: 'Consultar un archivo',
    bulkWords: 'Un hash, dirección, dominio o URL por línea, hasta 500.',
    token: 'Token de su organismo',
    file: 'Archivo',
    typed: 'o escríbalos aquí',
    ask: 'Consultar',
    results: 'Respuestas',
    value: 'Valor',
    answer: 'Respuesta',
    because: 'Por qué',
    again: 'Preguntar de nuevo tras',
    left: 'valores restantes, hasta el',
    back: 'Volver',
    save: 'Guardar como CSV',
    labels: {
      malicious: {
        says: 'Conocido como malicioso ahora.',
        isNot: 'No prueba nada contra una persona: otros pueden compartir la dirección.',
        next: ['Asegure la prueba con su hora.', 'Pregunte al aportante antes de usarlo en juicio.'],
      },
      'was-malicious': {
        says: 'Conocido como malicioso antes; su validez terminó.',
        isNot: 'No dice nada de hoy.',
        next: ['Compare la hora de su hecho con las fechas.'],
      },
      'not-yet-valid': {
        says: 'Señalado como malicioso desde una fecha posterior.',
        isNot: 'Aún no vigente: el aportante da la fecha.',
        next: ['Compare la hora de su hecho con las fechas y pregunte de nuevo después.'],
      },
      'seen-and-clean': {
        says: 'Visto, y por razones inocentes.',
        isNot: 'No es una promesa: un servicio limpio puede ser abusado.',
        next: ['Busque otros rastros.'],
      },
      'never-seen': {
        says: 'Nunca visto en lo que aquí se puede mostrar.',
        isNot: 'No significa «limpio»: no se sabe nada.',
        next: ['Pregunte más tarde o envíe una solicitud.'],
      },
    },
  },
};

const NAMES: Readonly<Record<Language, string>> = {
  en: 'English',
  ar: 'العربية',
  fr: 'Français',
  es: 'Español',
};

const EXAMPLE = `curl https://HOST/api/v1/free/look-ups -H 'authorization: Bearer TOKEN' \\
  -H 'content-type: application/json' -d '{"values":["host.example"]}'`;

export function freePage(
  organisation: string,
  terms: FreeTerms,
  examples: readonly Pick<FreeAnswer, 'asked' | 'label'>[],
  language: Language,
): string {
  const words = FREE_WORDS[language];
  const service = html`<section aria-labelledby="answers"><h2 id="answers">${words.answers}</h2><table><tbody>${Object.entries(
    words.labels,
  ).map(
    ([label, { says, isNot }]) =>
      html`<tr><th scope="row"><span class="mono">${label}</span></th><td>${says} <span class="soft">${isNot}</span></td></tr>`,
  )}</tbody></table></section>
<section aria-labelledby="example"><h2 id="example">${words.example}</h2><pre class="mono" dir="ltr" tabindex="0">${EXAMPLE}</pre></section>
<section aria-labelledby="live"><h2 id="live">${words.live}</h2><table><tbody>${examples.map(
    ({ asked, label }) =>
      html`<tr><th scope="row"><span class="mono" dir="ltr">${asked}</span></th><td><span class="mono">${label}</span><br>${words.labels[label].says} <span class="soft">${words.labels[label].isNot}</span></td></tr>`,
  )}</tbody></table></section>
<section aria-labelledby="bulk"><h2 id="bulk">${words.bulk}</h2><p>${words.bulkWords}</p><form method="post" action="?lang=${language}" enctype="multipart/form-data">
<p><label>${words.token}<br><input name="token" type="password" required maxlength="200" autocomplete="off" dir="ltr"></label></p>
<p><label>${words.file}<br><input name="file" type="file" accept=".txt,.csv,text/plain"></label></p>
<p><label>${words.typed}<br><textarea name="values" rows="4" dir="ltr" maxlength="100000"></textarea></label></p>
<p><button type="submit">${words.ask}</button></p></form></section>
<section aria-labelledby="join"><h2 id="join">${words.join}</h2><p>${words.joinWords} <span class="mono">${terms.mailDomains.join(', ') || '-'}</span></p>${joinForm(words, language)}</section>
<section aria-labelledby="limits"><h2 id="limits">${words.limits}</h2><p>${words.limitWords(terms)}</p></section>
<section aria-labelledby="privacy"><h2 id="privacy">${words.privacy}</h2><p>${words.privacyWords}</p></section>${
    terms.offers.length === 0
      ? null
      : html`<section aria-labelledby="offers"><h2 id="offers">${words.offers}</h2><table><tbody>${terms.offers.map(
          (one) => {
            const [name, how] = words.offered[one];
            return html`<tr><th scope="row">${name}</th><td>${how}</td></tr>`;
          },
        )}</tbody></table></section>`
  }`;
  return shell(
    organisation,
    language,
    html`<section><h1>${words.title}</h1><p>${terms.open ? words.lead : words.closed}</p></section>${terms.open ? service : null}`,
  );
}

const joinForm = (words: PageWords, language: Language): Html =>
  html`<form method="post" action="/free/registrations?lang=${language}" enctype="multipart/form-data">
<p><label>${words.agency}<br><input name="name" maxlength="120" autocomplete="organization"></label></p>
<p><label>${words.voucher}<br><input name="voucher" maxlength="100" autocomplete="off" dir="ltr"></label></p>
<p><label>${words.mail}<br><input name="mail" type="email" maxlength="320" autocomplete="email" dir="ltr"></label></p>
<p><label>${words.code}<br><input name="code" maxlength="100" autocomplete="off" dir="ltr"></label></p>
<p><label><input name="keep" type="checkbox" value="yes"> ${words.keep}</label></p>
<p><button type="submit">${words.register}</button></p></form>`;

/** What came of registering: the token, once; or, without one, that a code comes by mail. */
export function freeJoinedPage(organisation: string, token: string | null, language: Language): string {
  const words = FREE_WORDS[language];
  const said =
    token === null
      ? html`<p>${words.mailed}</p>${joinForm(words, language)}`
      : html`<p>${words.newToken}</p><pre class="mono" dir="ltr" tabindex="0">${token}</pre>`;
  return shell(
    organisation,
    language,
    html`<section><h1>${words.join}</h1>${said}<p><a href="/free?lang=${language}">${words.back}</a></p></section>`,
  );
}

type SaidAnswer = FreeAnswer & LabelWords;

/** The answers to a form, with all of them as a file inside the page. */
export function freeResultPage(
  organisation: string,
  answers: readonly SaidAnswer[],
  quota: Quota,
  language: Language,
): string {
  const words = FREE_WORDS[language];
  const rows = answers.map(
    ({ asked, label, says, isNot, next, why, innocentLists, related, validUntil }) =>
      html`<tr><th scope="row"><span class="mono">${asked}</span></th><td><span class="mono">${label}</span><br>${says} <span class="soft">${isNot}</span><ul>${next.map((one) => html`<li>${one}</li>`)}</ul></td><td>${why.map(
        ({ name, contributor, since, confidence }) =>
          html`<div><bdi>${name}</bdi> · <bdi>${contributor}</bdi> · <bdi>${since.slice(0, 10)}</bdi>${confidence === null ? '' : ` · ${confidence}`}</div>`,
      )}${innocentLists.map((list) => html`<div><bdi>${list}</bdi></div>`)}${related.map(({ type, title }) => html`<div>→ <span class="mono">${type}</span> <bdi>${title}</bdi></div>`)}</td><td><bdi>${validUntil.slice(0, 16).replace('T', ' ')} UTC</bdi></td></tr>`,
  );
  const csv = encodeBase64(utf8(writeCsv(answers)));
  return shell(
    organisation,
    language,
    html`<section><h1>${words.results}</h1><p>${quota.left} ${words.left} <bdi>${quota.until.slice(0, 16).replace('T', ' ')} UTC</bdi> (<span class="mono">${quota.path}</span>) · <a href="?lang=${language}">${words.back}</a> · <a download="answers.csv" href="data:text/csv;charset=utf-8;base64,${csv}">${words.save}</a></p>
<table><thead><tr><th scope="col">${words.value}</th><th scope="col">${words.answer}</th><th scope="col">${words.because}</th><th scope="col">${words.again}</th></tr></thead><tbody>${rows}</tbody></table></section>`,
  );
}

/** A cell of RFC 4180. What a spreadsheet would take for a formula is put behind an apostrophe. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function writeCsv(answers: readonly FreeAnswer[]): string {
  const rows = answers.map(({ asked, label, why, innocentLists, validUntil }) => [
    asked,
    label,
    why.map(({ name }) => name).join('; '),
    [...new Set(why.map(({ contributor }) => contributor))].join('; '),
    innocentLists.join('; '),
    validUntil,
  ]);
  return [['value', 'label', 'why', 'contributors', 'innocent_lists', 'valid_until'], ...rows]
    .map((row) => `${row.map(cell).join(',')}\r\n`)
    .join('');
}

function shell(organisation: string, language: Language, main: Html): string {
  const languages = (Object.keys(NAMES) as Language[]).map(
    (one) => html`<a href="?lang=${one}" lang="${one}" hreflang="${one}">${NAMES[one]}</a> `,
  );
  return html`<!doctype html><html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${FREE_WORDS[language].title} · ${organisation}</title><style>${new Html(STYLE)}</style></head>
<body><header><div><b>${organisation}</b><nav aria-label="language">${languages}</nav></div></header>
<main>${main}</main></body></html>`.text;
}
