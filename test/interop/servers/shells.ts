import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { type Found, type Place, runProgram, startServer, writeFor } from './real-server.js';

/** OpenSSH, with a host key of its own. `more` are further lines of its configuration. */
export async function startSshd(
  t: Test,
  [sshd, keygen]: readonly [Found, Found],
  { folder }: Place,
  more = '',
): Promise<string> {
  const port = await deadPort();
  const hostKey = join(folder, `host-${port}`);
  runProgram(keygen, ['-q', '-t', 'ed25519', '-N', '', '-f', hostKey], folder);
  const lines = [`ListenAddress 127.0.0.1:${port}`, `HostKey ${hostKey}`, 'PidFile none', 'UsePAM no', more];
  const config = writeFor(folder, `sshd-${port}.conf`, `${lines.join('\n')}\n`);
  await startServer(t, { program: sshd, args: ['-D', '-e', '-f', config], cwd: folder, listens: [port] });
  return `127.0.0.1:${port}`;
}

/** vsftpd, with or without TLS. */
export async function startVsftpd(t: Test, vsftpd: Found, place: Place, ssl: 'YES' | 'NO'): Promise<string> {
  const { folder, cert, key } = place;
  const port = await deadPort();
  const empty = join(folder, `empty-${port}`);
  mkdirSync(empty, { mode: 0o555 });
  const settings = {
    listen: 'YES',
    listen_address: '127.0.0.1',
    listen_port: `${port}`,
    background: 'NO',
    run_as_launching_user: 'YES',
    ftp_username: 'nobody',
    anonymous_enable: 'YES',
    secure_chroot_dir: empty,
    seccomp_sandbox: 'NO',
    xferlog_enable: 'NO',
    ssl_enable: ssl,
    ssl_tlsv1: 'YES',
    allow_anon_ssl: 'YES',
    rsa_cert_file: cert,
    rsa_private_key_file: key,
  };
  const text = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  const config = writeFor(folder, `vsftpd-${port}.conf`, text.join(''));
  await startServer(t, { program: vsftpd, args: [config], cwd: folder, listens: [port] });
  return `127.0.0.1:${port}`;
}
