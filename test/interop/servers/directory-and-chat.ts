import type { Test } from 'tap';
import { deadPort } from '../../helpers/servers/dead-port.js';
import type { PlainAndTls } from './databases.js';
import { type Found, type Place, startServer, writeFor } from './real-server.js';

/** OpenLDAP, with nothing but its root entry. `more` are further lines of its configuration. */
export async function startSlapd(t: Test, slapd: Found, { folder }: Place, more = ''): Promise<PlainAndTls> {
  const [plain, tls] = [await deadPort(), await deadPort()];
  const lines = [more, `pidfile ${folder}/slapd-${plain}.pid`];
  const config = writeFor(folder, `slapd-${plain}.conf`, `${lines.join('\n')}\n`);
  const urls = more.includes('TLSCertificateFile')
    ? `ldap://127.0.0.1:${plain} ldaps://127.0.0.1:${tls}`
    : `ldap://127.0.0.1:${plain}`;
  await startServer(t, {
    program: slapd,
    args: ['-f', config, '-h', urls, '-d', '0'],
    cwd: folder,
    listens: more.includes('TLSCertificateFile') ? [plain, tls] : [plain],
  });
  return { plain: `127.0.0.1:${plain}`, tls: `127.0.0.1:${tls}` };
}

/** The lines that give slapd its certificate. */
export function slapdTls({ cert, key, ca }: Place): string {
  return `TLSCertificateFile ${cert}\nTLSCertificateKeyFile ${key}\nTLSCACertificateFile ${ca}`;
}

/** ngIRCd. */
export async function startNgircd(t: Test, ngircd: Found, place: Place, maxConnections = 100): Promise<PlainAndTls> {
  const { folder, cert, key } = place;
  const [plain, tls] = [await deadPort(), await deadPort()];
  const text = `
    [Global]
    Name = irc.test
    Info = test
    Listen = 127.0.0.1
    Ports = ${plain}
    ServerUID = nobody
    ServerGID = nogroup
    [Limits]
    MaxConnections = ${maxConnections}
    MaxConnectionsIP = 0
    [Options]
    DNS = no
    Ident = no
    PAM = no
    [SSL]
    CertFile = ${cert}
    KeyFile = ${key}
    Ports = ${tls}
  `;
  const config = writeFor(folder, `ngircd-${plain}.conf`, text);
  await startServer(t, { program: ngircd, args: ['-n', '-f', config], cwd: folder, listens: [plain, tls] });
  return { plain: `127.0.0.1:${plain}`, tls: `127.0.0.1:${tls}` };
}
