/** The public page of the free service, without scripts, in four languages; and the words of its answers. */
import type { Language } from '../../agreement/index.ts';
import { Html, html } from '../../base/index.ts';
import type { FreeTerms } from '../../desk/index.ts';
import type { FreeLabel } from '../../exchange/index.ts';
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
  readonly join: string;
  readonly joinWords: string;
  readonly limits: string;
  readonly limitWords: (terms: FreeTerms) => string;
  readonly privacy: string;
  readonly privacyWords: string;
  readonly labels: Readonly<Record<FreeLabel, LabelWords>>;
}

export const FREE_WORDS: Readonly<Record<Language, PageWords>> = {
  en: {
    title: 'Free look-ups for law enforcement',
    lead: 'Ask whether a file hash, an address, a domain or a URL is known here, why, and what to do next.',
    closed: 'This organisation has not opened the service.',
    answers: 'What an answer says',
    example: 'How to ask',
    join: 'How an agency gets in',
    joinWords: 'With a voucher of an agency already in, or by a mail address in one of these domains:',
    limits: 'Limits',
    limitWords: (terms) =>
      `${terms.perDay} values a day, of which up to ${terms.missesPerDay} may be unknown here.`,
    privacy: 'What is kept',
    privacyWords: 'How much was asked is counted. What was asked is not kept, unless the agency wants it.',
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
    join: 'كيف تنضم جهة',
    joinWords: 'بتزكية من جهة منضمة، أو بعنوان بريد في أحد هذه النطاقات:',
    limits: 'الحدود',
    limitWords: (terms) =>
      `${terms.perDay} قيمة في اليوم، منها حتى ${terms.missesPerDay} قد لا تكون معروفة هنا.`,
    privacy: 'ما الذي يُحفظ',
    privacyWords: 'يُحصى عدد الأسئلة. ولا يُحفظ مضمونها إلا إذا أرادت الجهة ذلك.',
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
    join: 'Comment un service entre',
    joinWords: 'Avec la caution d’un service déjà admis, ou par une adresse dans un de ces domaines :',
    limits: 'Limites',
    limitWords: (terms) =>
      `${terms.perDay} valeurs par jour, dont ${terms.missesPerDay} au plus peuvent être inconnues ici.`,
    privacy: 'Ce qui est conservé',
    privacyWords:
      'On compte combien est demandé. Ce qui est demandé n’est pas conservé, sauf si le service le veut.',
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
    join: 'Cómo entra un organismo',
    joinWords:
      'Con el aval de un organismo ya admitido, o con una dirección de correo en uno de estos dominios:',
    limits: 'Límites',
    limitWords: (terms) =>
      `${terms.perDay} valores al día, de los que hasta ${terms.missesPerDay} pueden ser desconocidos aquí.`,
    privacy: 'Qué se guarda',
    privacyWords:
      'Se cuenta cuánto se pregunta. Lo que se pregunta no se guarda, salvo que el organismo lo quiera.',
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

export function freePage(organisation: string, terms: FreeTerms, language: Language): string {
  const words = FREE_WORDS[language];
  const languages = (Object.keys(NAMES) as Language[]).map(
    (one) => html`<a href="?lang=${one}" lang="${one}" hreflang="${one}">${NAMES[one]}</a> `,
  );
  const service = html`<section aria-labelledby="answers"><h2 id="answers">${words.answers}</h2><table><tbody>${Object.entries(
    words.labels,
  ).map(
    ([label, { says, isNot }]) =>
      html`<tr><th scope="row"><span class="mono">${label}</span></th><td>${says} <span class="soft">${isNot}</span></td></tr>`,
  )}</tbody></table></section>
<section aria-labelledby="example"><h2 id="example">${words.example}</h2><pre class="mono" dir="ltr" tabindex="0">${EXAMPLE}</pre></section>
<section aria-labelledby="join"><h2 id="join">${words.join}</h2><p>${words.joinWords} <span class="mono">${terms.mailDomains.join(', ') || '-'}</span></p></section>
<section aria-labelledby="limits"><h2 id="limits">${words.limits}</h2><p>${words.limitWords(terms)}</p></section>
<section aria-labelledby="privacy"><h2 id="privacy">${words.privacy}</h2><p>${words.privacyWords}</p></section>`;
  return html`<!doctype html><html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${words.title} · ${organisation}</title><style>${new Html(STYLE)}</style></head>
<body><header><div><b>${organisation}</b><nav aria-label="language">${languages}</nav></div></header>
<main><section><h1>${words.title}</h1><p>${terms.open ? words.lead : words.closed}</p></section>${terms.open ? service : null}</main></body></html>`
    .text;
}
