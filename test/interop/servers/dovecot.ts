import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { type Found, type Place, startServer, writeFor } from './real-server.js';

export interface Dovecot {
  readonly imap: string;
  readonly imaps: string;
  readonly pop3: string;
  readonly pop3s: string;
  /** Where other servers ask whether a password is right. */
  readonly authSocket: string;
}

/** Dovecot with one user. It has to be root to start. */
export async function startDovecot(t: Test, dovecot: Found, place: Place, ssl: 'yes' | 'no' = 'yes'): Promise<Dovecot> {
  const { folder, cert, key } = place;
  const ports = [await deadPort(), await deadPort(), await deadPort(), await deadPort()] as const;
  const [imap, imaps, pop3, pop3s] = ports;
  const base = join(folder, `dovecot-${ssl}`);
  mkdirSync(base);
  chmodSync(folder, 0o755);
  const authSocket = join(base, 'postfix-auth');
  const secure = (port: number): string => (ssl === 'yes' ? `port = ${port}\n ssl = yes` : 'port = 0');
  const config = writeFor(
    folder,
    `dovecot-${ssl}.conf`,
    `
    base_dir = ${base}
    state_dir = ${base}
    import_environment = LD_LIBRARY_PATH
    log_path = ${base}/log
    listen = 127.0.0.1
    protocols = imap pop3
    default_internal_user = backup
    default_internal_group = backup
    default_login_user = nobody
    ssl = ${ssl}
    ssl_cert = <${cert}
    ssl_key = <${key}
    mail_location = maildir:${folder}/mail
    passdb {
      driver = static
      args = password=secret
    }
    userdb {
      driver = static
      args = uid=nobody gid=nogroup home=${folder}
    }
    service imap-login {
      chroot =
      inet_listener imap {
        port = ${imap}
      }
      inet_listener imaps {
        ${secure(imaps)}
      }
    }
    service pop3-login {
      chroot =
      inet_listener pop3 {
        port = ${pop3}
      }
      inet_listener pop3s {
        ${secure(pop3s)}
      }
    }
    service anvil {
      chroot =
    }
    service auth {
      unix_listener postfix-auth {
        mode = 0666
      }
    }
  `,
  );
  await startServer(t, {
    program: dovecot,
    args: ['-F', '-c', config],
    cwd: folder,
    listens: [...(ssl === 'yes' ? ports : [imap, pop3]), authSocket],
    asRoot: true,
    overlay: true,
  });
  const target = (port: number): string => `127.0.0.1:${port}`;
  return {
    imap: target(imap),
    imaps: target(imaps),
    pop3: target(pop3),
    pop3s: target(pop3s),
    authSocket,
  };
}
