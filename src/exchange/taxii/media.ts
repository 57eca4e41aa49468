/** TAXII 2.1 §1.6.8: the media type, and the errors that carry it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EntenteError } from '../../base/index.ts';

export const TAXII_MEDIA_TYPE = 'application/taxii+json;version=2.1';

const ACCEPTED = /^(application\/taxii\+json|application\/\*|\*\/\*)$/i;

/** @throws EntenteError `not-acceptable` unless the client takes TAXII 2.1 (TAXII 2.1 §1.6.8.1; no version means the newest). */
export function assertAcceptable(request: FastifyRequest): void {
  const accept = request.headers.accept;
  if (accept === undefined) return;
  const fits = accept.split(',').some((range) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim());
    if (!ACCEPTED.test(type ?? '') || parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/i.test(parameter)))
      return false;
    const version = parameters.find((parameter) => /^version\s*=/i.test(parameter));
    return version === undefined || /^version\s*=\s*"?2\.1"?$/i.test(version);
  });
  if (!fits) throw new EntenteError('not-acceptable', `this server answers ${TAXII_MEDIA_TYPE}`);
}

/** As bytes: for text the framework would rewrite the media type and add a charset, which TAXII 2.1 §1.6.8 does not have. */
export function sendTaxii(reply: FastifyReply, body: string): FastifyReply {
  return reply.type(TAXII_MEDIA_TYPE).send(Buffer.from(body));
}

/** TAXII 2.1 §3.6.1: the error message resource. */
export function sendTaxiiError(reply: FastifyReply, error: EntenteError): FastifyReply {
  if (error.status === 401) reply.header('www-authenticate', 'Bearer, Basic realm="entente"');
  return sendTaxii(
    reply.code(error.status),
    JSON.stringify({
      title: error.code,
      description: error.message,
      error_code: error.code,
      http_status: String(error.status),
      ...(error.clauses.length > 0 ? { details: { clauses: error.clauses } } : {}),
    }),
  );
}
