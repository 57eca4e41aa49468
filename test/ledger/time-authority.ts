/** A time-stamping authority for tests: a root and a certificate made on the spot, answering RFC 3161 requests with any time. */
import { createHash } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';

const SIGNATURE_ATTRIBUTES = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
};
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };

export interface AuthorityOptions {
  readonly name?: string;
  /** Purposes of the certificate; time-stamping alone unless said otherwise. */
  readonly purposes?: readonly string[];
  readonly isCritical?: boolean;
  readonly from?: Date;
  readonly until?: Date;
}

export interface TimeAuthority {
  readonly root: Uint8Array;
  readonly certificate: Uint8Array;
  /** `names`: the certificate that the signature says it is of; the right one unless a test wants another. */
  answer(
    request: Uint8Array,
    at: Date,
    options?: { names?: Uint8Array; nonce?: boolean },
  ): Promise<Uint8Array>;
}

const der = (object: { toSchema(encode?: boolean): asn1js.BaseBlock }) =>
  new Uint8Array(object.toSchema(true).toBER());
const buffer = (bytes: Uint8Array) => new Uint8Array(bytes).buffer;

async function keyPair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function named(name: string): pkijs.RelativeDistinguishedNames {
  return new pkijs.RelativeDistinguishedNames({
    typesAndValues: [
      new pkijs.AttributeTypeAndValue({ type: '2.5.4.3', value: new asn1js.Utf8String({ value: name }) }),
    ],
  });
}

export async function timeAuthority(options: AuthorityOptions = {}): Promise<TimeAuthority> {
  const from = options.from ?? new Date('2026-01-01T00:00:00Z');
  const until = options.until ?? new Date('2030-01-01T00:00:00Z');
  const name = options.name ?? 'Time Authority of Arvenia';
  const rootKeys = await keyPair();
  const keys = await keyPair();
  const make = async (
    subject: string,
    keyOf: CryptoKeyPair,
    serial: number,
    extensions: pkijs.Extension[],
  ) => {
    const certificate = new pkijs.Certificate();
    certificate.version = 2;
    certificate.serialNumber = new asn1js.Integer({ value: serial });
    certificate.issuer = named(`${name} Root`);
    certificate.subject = named(subject);
    certificate.notBefore.value = from;
    certificate.notAfter.value = until;
    certificate.extensions = extensions;
    await certificate.subjectPublicKeyInfo.importKey(keyOf.publicKey);
    await certificate.sign(rootKeys.privateKey, 'SHA-256');
    return certificate;
  };
  const root = await make(`${name} Root`, rootKeys, 1, [
    new pkijs.Extension({
      extnID: '2.5.29.19',
      critical: true,
      extnValue: new pkijs.BasicConstraints({ cA: true }).toSchema().toBER(),
    }),
    new pkijs.Extension({
      extnID: '2.5.29.15',
      critical: true,
      extnValue: new asn1js.BitString({ valueHex: Uint8Array.of(0x06).buffer, unusedBits: 1 }).toBER(),
    }),
  ]);
  const certificate = await make(name, keys, 2, [
    new pkijs.Extension({
      extnID: '2.5.29.37',
      critical: options.isCritical ?? true,
      extnValue: new pkijs.ExtKeyUsage({ keyPurposes: [...(options.purposes ?? ['1.3.6.1.5.5.7.3.8'])] })
        .toSchema()
        .toBER(),
    }),
  ]);
  let serial = 100;
  return {
    root: der(root),
    certificate: der(certificate),
    async answer(requestBytes, at, { names = der(certificate), nonce = true } = {}) {
      const request = pkijs.TimeStampReq.fromBER(buffer(requestBytes));
      const info = new pkijs.TSTInfo({
        version: 1,
        policy: '1.3.6.1.4.1.99999.1',
        messageImprint: request.messageImprint,
        serialNumber: new asn1js.Integer({ value: serial++ }),
        genTime: at,
        ...(nonce && request.nonce ? { nonce: request.nonce } : {}),
      });
      const content = new Uint8Array(info.toSchema().toBER());
      const sha256 = (bytes: Uint8Array) => buffer(createHash('sha256').update(bytes).digest());
      const signed = new pkijs.SignedData({
        version: 3,
        encapContentInfo: new pkijs.EncapsulatedContentInfo({
          eContentType: TST_INFO,
          eContent: new asn1js.OctetString({ valueHex: buffer(content) }),
        }),
        certificates: [certificate],
        signerInfos: [
          new pkijs.SignerInfo({
            version: 1,
            sid: new pkijs.IssuerAndSerialNumber({
              issuer: certificate.issuer,
              serialNumber: certificate.serialNumber,
            }),
            signedAttrs: new pkijs.SignedAndUnsignedAttributes({
              type: 0,
              attributes: [
                new pkijs.Attribute({
                  type: SIGNATURE_ATTRIBUTES.contentType,
                  values: [new asn1js.ObjectIdentifier({ value: TST_INFO })],
                }),
                new pkijs.Attribute({
                  type: SIGNATURE_ATTRIBUTES.messageDigest,
                  values: [new asn1js.OctetString({ valueHex: sha256(content) })],
                }),
                new pkijs.Attribute({
                  type: SIGNATURE_ATTRIBUTES.signingCertificateV2,
                  values: [
                    new asn1js.Sequence({
                      value: [
                        new asn1js.Sequence({
                          value: [
                            new asn1js.Sequence({
                              value: [new asn1js.OctetString({ valueHex: sha256(names) })],
                            }),
                          ],
                        }),
                      ],
                    }),
                  ],
                }),
              ],
            }),
          }),
        ],
      });
      await signed.sign(keys.privateKey, 0, 'SHA-256');
      const token = new pkijs.ContentInfo({
        contentType: '1.2.840.113549.1.7.2',
        content: signed.toSchema(true),
      });
      const response = new pkijs.TimeStampResp({
        status: new pkijs.PKIStatusInfo({ status: 0 }),
        timeStampToken: token,
      });
      return new Uint8Array(response.toSchema().toBER());
    },
  };
}

export function refusal(words: string): Uint8Array {
  const response = new pkijs.TimeStampResp({
    status: new pkijs.PKIStatusInfo({ status: 2, statusStrings: [new asn1js.Utf8String({ value: words })] }),
  });
  return new Uint8Array(response.toSchema().toBER());
}

export function toPem(certificate: Uint8Array): string {
  const lines = Buffer.from(certificate)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
