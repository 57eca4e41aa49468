/** A course for each role: lessons and exercises in the order in which they build on each other. */
import { EntenteError } from '../../base/index.ts';
import { PATHS, type Path, type Words } from './exercise.ts';
import { requireExercise } from './exercises/index.ts';
import { type LESSONS, requireLesson } from './lesson.ts';

export type Step =
  | { readonly kind: 'lesson'; readonly id: (typeof LESSONS)[number] }
  | { readonly kind: 'exercise'; readonly id: string };

export interface Course {
  readonly path: Path;
  readonly version: number;
  readonly title: Words;
  readonly about: Words;
  readonly steps: readonly Step[];
}

const lessons = (...ids: (typeof LESSONS)[number][]): Step[] => ids.map((id) => ({ kind: 'lesson', id }));
const exercises = (...ids: string[]): Step[] => ids.map((id) => ({ kind: 'exercise', id }));

export const COURSES: readonly Course[] = [
  {
    path: 'first-responder',
    version: 1,
    title: {
      en: 'First responder',
      ar: 'المستجيب الأول',
      fr: 'Premier intervenant',
      es: 'Primer interviniente',
    },
    about: {
      en: 'Secure what is there before it is gone, and hand it on so that nobody can doubt it.',
      ar: 'أمِّن ما هو موجود قبل أن يزول، وسلِّمه بحيث لا يشك فيه أحد.',
      fr: 'Préserver ce qui est là avant que cela disparaisse, et le remettre sans laisser place au doute.',
      es: 'Asegurar lo que hay antes de que desaparezca y entregarlo sin que nadie pueda dudar de ello.',
    },
    steps: [
      ...lessons('first-hour', 'chain-of-custody', 'from-mail-to-account', 'handling-markings'),
      ...exercises('phishing', 'ransomware'),
    ],
  },
  {
    path: 'analyst',
    version: 1,
    title: { en: 'Analyst', ar: 'المحلِّل', fr: 'Analyste', es: 'Analista' },
    about: {
      en: 'Turn what others contribute into something that can be acted on, and say how sure it is.',
      ar: 'حوِّل ما يقدّمه الآخرون إلى ما يمكن العمل به، وقل ما درجة الثقة فيه.',
      fr: 'Faire de ce que d’autres apportent une base d’action, et dire à quel point c’est sûr.',
      es: 'Convertir lo que otros aportan en algo con lo que actuar, y decir cuánta certeza tiene.',
    },
    steps: [
      ...lessons('handling-markings', 'weighing-intelligence', 'from-mail-to-account', 'runs-and-timelines'),
      ...lessons('country-packages'),
      ...exercises('phishing', 'botnet'),
    ],
  },
  {
    path: 'investigator',
    version: 1,
    title: { en: 'Investigator', ar: 'المحقِّق', fr: 'Enquêteur', es: 'Investigador' },
    about: {
      en: 'From exhibits to findings that anybody can repeat, and from findings to people.',
      ar: 'من المعروضات إلى نتائج يستطيع أي أحد إعادتها، ومن النتائج إلى الأشخاص.',
      fr: 'Des pièces à des constatations que chacun peut refaire, et des constatations aux personnes.',
      es: 'De las pruebas a hallazgos que cualquiera puede repetir, y de los hallazgos a las personas.',
    },
    steps: [
      ...lessons('chain-of-custody', 'runs-and-timelines', 'following-payments', 'country-packages'),
      ...exercises('phishing', 'ransomware', 'botnet'),
    ],
  },
  {
    path: 'prosecutor',
    version: 1,
    title: { en: 'Prosecutor', ar: 'المدَّعي العام', fr: 'Procureur', es: 'Fiscal' },
    about: {
      en: 'Know what digital evidence proves, what it does not, and how it lawfully reaches the court.',
      ar: 'اعرف ما يثبته الدليل الرقمي وما لا يثبته وكيف يصل إلى المحكمة وصولًا مشروعًا.',
      fr: 'Savoir ce que prouve une preuve numérique, ce qu’elle ne prouve pas, et comment elle arrive licitement au tribunal.',
      es: 'Saber qué demuestra una prueba digital, qué no, y cómo llega lícitamente al tribunal.',
    },
    steps: [
      ...lessons('chain-of-custody', 'following-payments', 'across-borders', 'evidence-in-court'),
      ...exercises('ransomware'),
    ],
  },
  {
    path: 'data-protection',
    version: 1,
    title: {
      en: 'Data protection',
      ar: 'حماية البيانات',
      fr: 'Protection des données',
      es: 'Protección de datos',
    },
    about: {
      en: 'See that only what is needed crosses, for as long as it is needed, and be able to show it.',
      ar: 'احرص على ألا يعبر إلا ما يلزم وللمدة اللازمة، وكن قادرًا على إثبات ذلك.',
      fr: 'Veiller à ce que seul le nécessaire circule, le temps nécessaire, et pouvoir le montrer.',
      es: 'Velar por que solo circule lo necesario, el tiempo necesario, y poder demostrarlo.',
    },
    steps: [
      ...lessons('handling-markings', 'personal-data', 'audit', 'country-packages'),
      ...exercises('botnet'),
    ],
  },
];

/** @throws EntenteError `not-found` */
export function requireCourse(path: string): Course {
  const found = COURSES.find((course) => course.path === path);
  if (found) return found;
  throw new EntenteError(
    'not-found',
    `there is no course "${path.slice(0, 60)}"; there are: ${PATHS.join(', ')}`,
  );
}

export const titleOf = (step: Step, language: keyof Words): string =>
  step.kind === 'lesson' ? requireLesson(step.id, language).title : requireExercise(step.id).title[language];
