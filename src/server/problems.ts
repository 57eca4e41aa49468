/** Errors as answers: problem details (RFC 9457) with the catalogue's code and remedy. Causes and stacks stay here. */
import { STATUS_CODES } from 'node:http';
import { CATALOGUE, EntenteError, isEntenteError } from '../base/index.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
  readonly issues?: readonly unknown[];
  readonly clauses?: readonly unknown[];
}

/** Any failure as an EntenteError; what the framework found wrong with a request keeps its meaning. */
export function asEntenteError(error: unknown): EntenteError {
  if (isEntenteError(error)) return error;
  const { statusCode, message, validation, code } = error as {
    statusCode?: number;
    message: string;
    validation?: { instancePath: string; message?: string }[];
    code?: string;
  };
  if (validation) {
    return new EntenteError('usage', `the request does not fit its description: ${message}`, {
      issues: validation.map((fault) => ({
        code: 'schema',
        path: fault.instancePath,
        message: fault.message ?? 'invalid',
      })),
    });
  }
  if (code === 'ENOSPC') return new EntenteError('disk-full', 'the disk is full', { cause: error });
  if (statusCode === 413) return new EntenteError('input-limit', message, { cause: error });
  if (statusCode === 415) return new EntenteError('media-type', message, { cause: error });
  if (statusCode === 404) return new EntenteError('not-found', message, { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new EntenteError('usage', message, { cause: error });
  return new EntenteError('internal', 'something failed here that should not have', { cause: error });
}

export function problemOf(error: EntenteError): Problem {
  return {
    type: `urn:entente:error:${error.code}`,
    title: CATALOGUE[error.code].meaning || (STATUS_CODES[error.status] ?? ''),
    status: error.status,
    code: error.code,
    detail: error.message,
    remedy: error.remedy,
    ...(error.issues.length > 0 ? { issues: error.issues } : {}),
    ...(error.clauses.length > 0 ? { clauses: error.clauses } : {}),
  };
}
