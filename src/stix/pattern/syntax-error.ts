import { EntenteError } from '../../base/errors.ts';

/** The pattern breaks the grammar or a rule of STIX 2.1 §9. `offset` counts UTF-16 code units of the pattern's text. */
export class PatternSyntaxError extends EntenteError {
  declare readonly code: 'stix-pattern-syntax';
  declare readonly offset: number;

  constructor(message: string, offset: number, cause?: unknown) {
    super('stix-pattern-syntax', `${message} (at offset ${offset})`, { offset, cause });
    this.name = 'PatternSyntaxError';
  }
}
