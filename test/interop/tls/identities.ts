import {
  type CertificateWish,
  DAY_MS,
  type Identity,
  makeAuthority,
  makeSelfSigned,
} from '../../helpers/tls/certificates.js';

export type { Identity };

const LOOPBACK = { dnsNames: ['localhost', '*.sonde.example'], ipAddresses: ['127.0.0.1', '::1'] };

/** A certificate that is valid from `begin` to `end`, in days from now. */
function days(begin: number, end: number): CertificateWish {
  return { notBefore: new Date(Date.now() + begin * DAY_MS), notAfter: new Date(Date.now() + end * DAY_MS) };
}

/** Fresh identities for servers and clients of the loopback: one authority that modules trust, one that none does. */
export async function makeIdentities(): Promise<Readonly<Record<IdentityName, Identity>>> {
  const trusted = await makeAuthority({ subject: 'CN=Trusted Authority, O=Sonde', ...days(-2, 30) });
  const foreign = await makeAuthority({ subject: 'CN=Foreign Authority, O=Sonde', ...days(-2, 30) });
  const server = { subject: 'CN=server, OU=Probes, O="Acme, Inc."', ...LOOPBACK, ...days(-2, 30) };
  const client = { subject: 'CN=client', dnsNames: [], ipAddresses: [], ...days(-2, 30) };
  return {
    authority: trusted,
    good: await trusted.issue(server),
    expired: await trusted.issue({ ...server, ...days(-20, -3) }),
    future: await trusted.issue({ ...server, ...days(3, 40) }),
    wrongName: await trusted.issue({ ...server, dnsNames: ['elsewhere.example'], ipAddresses: [] }),
    selfSigned: await makeSelfSigned(server),
    unknown: await foreign.issue(server),
    client: await trusted.issue(client),
    foreignClient: await foreign.issue(client),
  };
}

export type IdentityName =
  'authority' | 'good' | 'expired' | 'future' | 'wrongName' | 'selfSigned' | 'unknown' | 'client' | 'foreignClient';
