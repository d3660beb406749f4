import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A key and a certificate for it, in PEM. */
export interface ThrowawayIdentity {
  readonly key: string;
  readonly cert: string;
}

/**
 * A self-signed certificate for a fresh key (X.509 v3 by RFC 5280, ECDSA with P-256), for servers that live for a
 * moment. No key lies in the source, and nobody trusts it.
 */
export function makeThrowawayIdentity(): ThrowawayIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const serial = der(INTEGER, Buffer.from([1]), randomBytes(8));
  const validity = der(
    SEQUENCE,
    der(UTC_TIME, Buffer.from('250101000000Z')),
    der(GENERALIZED_TIME, Buffer.from(NO_END)),
  );
  const version = der(EXPLICIT_0, der(INTEGER, Buffer.from([2])));
  const body = der(SEQUENCE, version, serial, ECDSA_WITH_SHA256, NAME, validity, NAME, spki);
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', body, privateKey));
  const certificate = der(SEQUENCE, body, ECDSA_WITH_SHA256, signature);
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pem(certificate) };
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const EXPLICIT_0 = 0xa0;

/** RFC 5280, 4.1.2.5: no well-defined end. */
const NO_END = '99991231235959Z';
/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = der(SEQUENCE, der(OBJECT_IDENTIFIER, Buffer.from('2a8648ce3d040302', 'hex')));
/** 2.5.4.3, commonName */
const COMMON_NAME = der(OBJECT_IDENTIFIER, Buffer.from('550403', 'hex'));
const NAME = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from('sonde')))));

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const octets = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...octets]), content]);
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').replace(/(.{64})/g, '$1\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
