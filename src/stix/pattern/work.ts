/** How much work one pattern may cause on one set of observations: both come from others. */
import { EntenteError } from '../../base/errors.ts';
import { MATCH_STEPS_MAX } from './limits.ts';

export interface MatchOptions {
  /** Steps that deciding one pattern may take; MATCH_STEPS_MAX if not given. */
  readonly steps?: number;
}

export class Work {
  readonly #allowed: number;
  #left: number;

  constructor({ steps = MATCH_STEPS_MAX }: MatchOptions = {}) {
    this.#allowed = steps;
    this.#left = steps;
  }

  /** @throws EntenteError `input-limit` when there is no more to spend. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) {
      throw new EntenteError(
        'input-limit',
        `whether the pattern is met takes more than ${this.#allowed} steps to decide`,
      );
    }
  }

  /** For the next pattern on the same observations. */
  restart(): void {
    this.#left = this.#allowed;
  }
}
