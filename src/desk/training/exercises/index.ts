import { EntenteError } from '../../../base/index.ts';
import type { Exercise } from '../exercise.ts';
import { BOTNET } from './botnet.ts';
import { PHISHING } from './phishing.ts';
import { RANSOMWARE } from './ransomware.ts';

export const EXERCISES: readonly Exercise[] = [PHISHING, RANSOMWARE, BOTNET];

/** @throws EntenteError `not-found` */
export function requireExercise(id: string): Exercise {
  const found = EXERCISES.find((exercise) => exercise.id === id);
  if (found) return found;
  throw new EntenteError(
    'not-found',
    `there is no exercise "${id.slice(0, 60)}"; there are: ${EXERCISES.map((one) => one.id).join(', ')}`,
  );
}
