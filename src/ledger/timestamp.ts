/**
 * Time-stamps of an authority over checkpoints (RFC 3161, with RFC 5816): somebody with a clock and a certificate says that a checkpoint
 * existed at a time, so a node cannot date its ledger back. The token is CMS; `pkijs` reads and checks it.
 *
 * An attacker controls the whole token. Beyond the signature, it counts only when it is about exactly these bytes under SHA-256 or
 * stronger, is signed by a certificate that is for time-stamping alone (RFC 3161 §2.3) and was valid then, and names
 * that certificate in what is signed (RFC 5816 §2), so it cannot be passed off as another's with the same key.
 *
 * Not part of this room's `index.ts`: the library is large, and few callers need it.
 */
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import { EntenteError, encodeHex, equalBytes } from '../base/index.ts';

const SHA256 = '2.16.840.1.101.3.4.2.1';
const STRONG = new Set([SHA256, '2.16.840.1.101.3.4.2.2', '2.16.840.1.101.3.4.2.3']);
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const COMMON_NAME = '2.5.4.3';
const ORGANISATION = '2.5.4.10';

/** Tokens with a chain of certificates have some 2 to 8 KB. */
export const TIMESTAMP_BYTES_MAX = 64 * 1024;

export interface VerifiedTimestamp {
  /** RFC 3339, UTC. */
  readonly at: string;
  /** As its certificate names it: common name, organisation. */
  readonly authority: string;
  /** SHA-256 of the certificate that signed, for comparing it with the one that is known. */
  readonly certificate: string;
  /** Whether the certificate leads to one that the verifier trusts; false when none was given. */
  readonly isTrusted: boolean;
  /** Hexadecimal. */
  readonly serial: string;
}

const owned = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** A request for a time-stamp over SHA-256 of something, with the authority's certificate. `nonce` ties the answer to the request. */
export function encodeTimestampRequest(digest: Uint8Array, nonce: Uint8Array): Uint8Array {
  const request = new pkijs.TimeStampReq({
    version: 1,
    messageImprint: new pkijs.MessageImprint({
      hashAlgorithm: new pkijs.AlgorithmIdentifier({
        algorithmId: SHA256,
        algorithmParams: new asn1js.Null(),
      }),
      hashedMessage: new asn1js.OctetString({ valueHex: owned(digest) }),
    }),
    nonce: new asn1js.Integer({ valueHex: owned(positive(nonce)) }),
    certReq: true,
  });
  return new Uint8Array(request.toSchema().toBER());
}

/** DER integers are signed: the first bit says so, and needless bytes in front are not allowed. */
function positive(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[0] = (copy[0]! & 0x7f) | 0x40;
  return copy;
}

/**
 * The token in an authority's answer. That it is about `nonce` is checked here; all else by `verifyTimestamp`.
 * @throws EntenteError `peer-nonsense` when the authority refuses, or answers something else
 */
export function parseTimestampAnswer(answer: Uint8Array, nonce: Uint8Array): Uint8Array {
  const nonsense = (why: string, cause?: unknown) =>
    new EntenteError('peer-nonsense', `the time-stamping authority ${why}`, { cause });
  if (answer.length > TIMESTAMP_BYTES_MAX) throw nonsense(`answered more than ${TIMESTAMP_BYTES_MAX} bytes`);
  let response: pkijs.TimeStampResp;
  try {
    response = pkijs.TimeStampResp.fromBER(owned(answer));
  } catch (cause) {
    throw nonsense('answered something that is no time-stamp', cause);
  }
  const { status, timeStampToken } = response;
  if (status.status > 1 || !timeStampToken) {
    const words = status.statusStrings?.map((text) => text.valueBlock.value.slice(0, 200)).join(' ');
    throw nonsense(`refused, with status ${status.status}${words ? `: ${words}` : ''}`);
  }
  const token = new Uint8Array(timeStampToken.toSchema().toBER());
  const { info } = parseToken(token);
  if (!info.nonce || !equalBytes(trimmed(info.nonce.valueBlock.valueHexView), trimmed(positive(nonce))))
    throw nonsense('answered another request');
  return token;
}

const trimmed = (bytes: Uint8Array) => bytes.subarray(bytes.findIndex((byte) => byte !== 0));

function parseToken(token: Uint8Array): { signed: pkijs.SignedData; info: pkijs.TSTInfo } {
  try {
    if (token.length > TIMESTAMP_BYTES_MAX) throw new Error('it is too long');
    const content = pkijs.ContentInfo.fromBER(owned(token));
    if (content.contentType !== SIGNED_DATA) throw new Error('it is not signed');
    const signed = new pkijs.SignedData({ schema: content.content });
    if (signed.encapContentInfo.eContentType !== TST_INFO) throw new Error('what is signed is none');
    return { signed, info: pkijs.TSTInfo.fromBER(signed.encapContentInfo.eContent!.getValue()) };
  } catch (cause) {
    throw new EntenteError('signature-invalid', `a time-stamp cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/**
 * What a token says about `bytes`. `trusted`: certificates (DER) of authorities that the verifier knows; without any, the token is
 * checked against the certificate that it carries, and says so.
 * @throws EntenteError `signature-invalid`
 */
export async function verifyTimestamp(
  token: Uint8Array,
  bytes: Uint8Array,
  trusted: readonly Uint8Array[] = [],
): Promise<VerifiedTimestamp> {
  const invalid = (why: string, cause?: unknown) =>
    new EntenteError('signature-invalid', `a time-stamp does not count: ${why}`, { cause });
  const { signed, info } = parseToken(token);
  if (!STRONG.has(info.messageImprint.hashAlgorithm.algorithmId)) throw invalid('its digest is too weak');
  if (signed.signerInfos.length !== 1) throw invalid('it has not exactly one signature');
  const anchors = trusted.map((der) => parseCertificate(der));
  let signer: pkijs.Certificate | null | undefined;
  try {
    const result = await signed.verify({
      signer: 0,
      data: owned(bytes),
      checkChain: anchors.length > 0,
      trustedCerts: anchors,
      // Revocation is asked on a network; here, the verifier decides whom it trusts.
      passedWhenNotRevValues: true,
      extendedMode: true,
    });
    if (result.signatureVerified !== true) throw invalid('its signature is wrong');
    signer = result.signerCertificate;
  } catch (error) {
    if (error instanceof EntenteError) throw error;
    throw invalid(describe(error), error);
  }
  if (!signer) throw invalid('it does not carry the certificate of its authority');
  assertForTimestamping(signer, invalid);
  const at = info.genTime;
  if (!(at >= signer.notBefore.value && at <= signer.notAfter.value))
    throw invalid('its certificate was not valid at that time');
  const der = new Uint8Array(signer.toSchema(false).toBER());
  await assertNamesCertificate(signed.signerInfos[0]!, der, invalid);
  return {
    at: at.toISOString(),
    authority: nameOf(signer),
    certificate: encodeHex(await digest('SHA-256', der)),
    isTrusted: anchors.length > 0,
    serial: encodeHex(info.serialNumber.valueBlock.valueHexView),
  };
}

type Refuse = (why: string, cause?: unknown) => EntenteError;

/** RFC 3161 §2.3: this usage alone, and critical. */
function assertForTimestamping(signer: pkijs.Certificate, invalid: Refuse): void {
  const usage = signer.extensions?.find((extension) => extension.extnID === EXTENDED_KEY_USAGE);
  const purposes = (usage?.parsedValue as pkijs.ExtKeyUsage | undefined)?.keyPurposes;
  if (usage?.critical !== true || purposes?.length !== 1 || purposes[0] !== TIME_STAMPING)
    throw invalid('its certificate is not for time-stamping alone');
}

/**
 * RFC 5816 §2: the first ESSCertIDv2 of the signed attribute has the digest of the certificate; SHA-256 where it names no other.
 *
 *     SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, … }
 *     ESSCertIDv2 ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier DEFAULT sha256, certHash OCTET STRING, … }
 */
async function assertNamesCertificate(
  info: pkijs.SignerInfo,
  der: Uint8Array,
  invalid: Refuse,
): Promise<void> {
  const attributes = info.signedAttrs?.attributes ?? [];
  const contentType = attributes.find((one) => one.type === CONTENT_TYPE)?.values[0] as
    | asn1js.ObjectIdentifier
    | undefined;
  if (contentType?.getValue?.() !== TST_INFO) throw invalid('its signature is over something else');
  const named = attributes.find((one) => one.type === SIGNING_CERTIFICATE_V2)?.values[0];
  const first = childrenOf(childrenOf(named)[0])[0];
  const [a, b] = childrenOf(first);
  const hash = a instanceof asn1js.OctetString ? a : b;
  const algorithm = a instanceof asn1js.Sequence ? childrenOf(a)[0] : null;
  const name = algorithm === null ? 'SHA-256' : NAMES[(algorithm as asn1js.ObjectIdentifier).getValue()];
  if (!(hash instanceof asn1js.OctetString) || !name)
    throw invalid('its signature does not name the certificate');
  if (!equalBytes(hash.valueBlock.valueHexView, await digest(name, der)))
    throw invalid('its signature names another certificate');
}

const NAMES: Readonly<Record<string, string>> = {
  [SHA256]: 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
};

function childrenOf(block: unknown): asn1js.BaseBlock[] {
  return block instanceof asn1js.Sequence ? (block.valueBlock.value as asn1js.BaseBlock[]) : [];
}

async function digest(name: string, bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(name, owned(bytes)));
}

/** @throws EntenteError `file-unreadable` */
function parseCertificate(der: Uint8Array): pkijs.Certificate {
  try {
    return pkijs.Certificate.fromBER(owned(der));
  } catch (cause) {
    throw new EntenteError('file-unreadable', 'a certificate cannot be read', { cause });
  }
}

function nameOf(certificate: pkijs.Certificate): string {
  const values = (type: string) =>
    certificate.subject.typesAndValues
      .filter((one) => one.type === type)
      .map((one) => String(one.value.valueBlock.value).slice(0, 200));
  return [...values(COMMON_NAME), ...values(ORGANISATION)].join(', ') || 'not named';
}

/** The library's own words are kept, but bounded. */
function describe(error: unknown): string {
  return String((error as Error).message ?? error).slice(0, 300);
}

/** Certificates in a PEM file. @throws EntenteError `file-unreadable` when there is none */
export function certificatesIn(pem: string): Uint8Array[] {
  const blocks = [
    ...pem.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g),
  ];
  if (blocks.length === 0) throw new EntenteError('file-unreadable', 'the file holds no certificate in PEM');
  const certificates = blocks.map(([, base64]) => {
    const text = atob(base64!.replaceAll(/\s/g, ''));
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  });
  for (const der of certificates) parseCertificate(der);
  return certificates;
}
