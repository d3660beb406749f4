import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate with its key, both PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 3600 * 1000;

type Validity = 'now' | 'past' | 'future';

interface Wish {
  readonly subject: string;
  readonly names?: x509.JsonGeneralNames;
  readonly validity?: Validity;
  readonly authority?: Issuer;
  readonly isAuthority?: boolean;
}

interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;

/** Days from now at which a certificate begins and ends. */
const VALIDITY_DAYS: Readonly<Record<Validity, readonly [number, number]>> = {
  now: [-2, 30],
  past: [-20, -3],
  future: [3, 40],
};

const LOOPBACK: x509.JsonGeneralNames = [
  { type: 'dns', value: 'localhost' },
  { type: 'dns', value: '*.sonde.example' },
  { type: 'ip', value: '127.0.0.1' },
  { type: 'ip', value: '::1' },
];

let serial = 0x0a;

async function issue({ subject, names, validity = 'now', authority, isAuthority = false }: Wish): Promise<Issuer> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const [begin, end] = VALIDITY_DAYS[validity];
  serial += 1;
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial.toString(16).padStart(2, '0'),
      subject,
      issuer: authority?.certificate.subject ?? subject,
      notBefore: new Date(Date.now() + begin * DAY_MS),
      notAfter: new Date(Date.now() + end * DAY_MS),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: authority?.keys.privateKey ?? keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(isAuthority, undefined, true),
        ...(isAuthority
          ? [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true)]
          : []),
        ...(names === undefined ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
      ],
    },
    webcrypto,
  );
  return { certificate, keys };
}

async function pem({ certificate, keys }: Issuer): Promise<Identity> {
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const lines = key.match(/.{1,64}/g)?.join('\n') ?? '';
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
  };
}

/** Fresh identities for servers and clients of the loopback: one authority that modules trust, one that none does. */
export async function makeIdentities(): Promise<Readonly<Record<IdentityName, Identity>>> {
  x509.cryptoProvider.set(webcrypto);
  const trusted = await issue({ subject: 'CN=Trusted Authority, O=Sonde', isAuthority: true });
  const foreign = await issue({ subject: 'CN=Foreign Authority, O=Sonde', isAuthority: true });
  const named = { subject: 'CN=server, OU=Probes, O="Acme, Inc."', names: LOOPBACK };
  const elsewhere: x509.JsonGeneralNames = [{ type: 'dns', value: 'elsewhere.example' }];
  const [good, expired, future, wrongName, selfSigned, unknown, client, foreignClient] = await Promise.all([
    issue({ ...named, authority: trusted }),
    issue({ ...named, authority: trusted, validity: 'past' }),
    issue({ ...named, authority: trusted, validity: 'future' }),
    issue({ ...named, authority: trusted, names: elsewhere }),
    issue(named),
    issue({ ...named, authority: foreign }),
    issue({ subject: 'CN=client', authority: trusted }),
    issue({ subject: 'CN=client', authority: foreign }),
  ]);
  const issued = { authority: trusted, good, expired, future, wrongName, selfSigned, unknown, client, foreignClient };
  const rows = Object.entries(issued).map(async ([name, issuer]) => [name, await pem(issuer)] as const);
  return Object.fromEntries(await Promise.all(rows)) as Record<IdentityName, Identity>;
}

export type IdentityName =
  'authority' | 'good' | 'expired' | 'future' | 'wrongName' | 'selfSigned' | 'unknown' | 'client' | 'foreignClient';
