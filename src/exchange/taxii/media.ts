/** TAXII 2.1 §1.6.8: the media type, how it is asked for, and the errors that carry it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EntenteError } from '../../base/index.ts';

export const TAXII_MEDIA_TYPE = 'application/taxii+json;version=2.1';

const ACCEPTED = /^(application\/taxii\+json|application\/\*|\*\/\*)$/i;

/** No version means the newest that there is (TAXII 2.1 §1.6.8.2). */
function isVersion21(parameters: readonly string[]): boolean {
  const version = parameters.find((parameter) => /^version\s*=/i.test(parameter));
  return version === undefined || /^version\s*=\s*"?2\.1"?$/i.test(version);
}

function partsOf(range: string): [string, string[]] {
  const [type, ...parameters] = range.split(';').map((part) => part.trim());
  return [type ?? '', parameters];
}

/** @throws EntenteError `not-acceptable` unless the client takes TAXII 2.1 (TAXII 2.1 §1.6.8.1) */
export function assertAcceptable(request: FastifyRequest): void {
  const accept = request.headers.accept;
  if (accept === undefined) return;
  const fits = accept.split(',').some((range) => {
    const [type, parameters] = partsOf(range);
    const isRefused = parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/i.test(parameter));
    return ACCEPTED.test(type) && !isRefused && isVersion21(parameters);
  });
  if (!fits) throw new EntenteError('not-acceptable', `this server answers ${TAXII_MEDIA_TYPE}`);
}

/** @throws EntenteError `media-type` unless the body is TAXII 2.1, not compressed */
export function assertTaxiiBody(request: FastifyRequest): void {
  const [type, parameters] = partsOf(request.headers['content-type'] ?? '');
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (!/^application\/taxii\+json$/i.test(type) || !isVersion21(parameters) || encoding !== 'identity')
    throw new EntenteError('media-type', `this endpoint takes ${TAXII_MEDIA_TYPE}, not compressed`);
}

/** As bytes: for text the framework would rewrite the media type and add a charset, which TAXII 2.1 §1.6.8 does not have. */
export function sendTaxii(reply: FastifyReply, body: string): FastifyReply {
  return reply.type(TAXII_MEDIA_TYPE).send(Buffer.from(body));
}

/** TAXII 2.1 §3.6.1: the error message resource. */
export function sendTaxiiError(reply: FastifyReply, error: EntenteError): FastifyReply {
  if (error.status === 401)
    reply.header('www-authenticate', 'Basic realm="entente", charset="UTF-8", Bearer realm="entente"');
  if (error.status === 503) reply.header('retry-after', '1');
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
