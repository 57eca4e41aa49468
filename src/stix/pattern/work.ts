/** How much work one pattern may cause on one set of observations: both come from others. */
import { EntenteError } from '../../base/errors.ts';
import { MATCH_STEPS_MAX } from './limits.ts';

export class Work {
  #left = MATCH_STEPS_MAX;

  /** @throws EntenteError `input-limit` when there is no more to spend. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) {
      throw new EntenteError(
        'input-limit',
        `whether the pattern is met takes more than ${MATCH_STEPS_MAX} steps to decide`,
      );
    }
  }

  /** For the next pattern on the same observations. */
  restart(): void {
    this.#left = MATCH_STEPS_MAX;
  }
}
