import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { type Found, type Place, startServer } from './real-server.js';

export interface Postfix {
  /** Port 25: STARTTLS, no log-in. */
  readonly smtp: string;
  /** The same, relaying for everybody. */
  readonly relay: string;
  /** Without TLS. */
  readonly bare: string;
  /** Port 587: log-in after STARTTLS. */
  readonly submission: string;
  /** The same, that takes passwords in plain text too. */
  readonly careless: string;
  /** Port 465. */
  readonly submissions: string;
}

const LISTENERS: Readonly<Record<keyof Postfix, string>> = {
  smtp: '',
  relay: '-o mynetworks=127.0.0.0/8 -o smtpd_relay_restrictions=permit_mynetworks,reject_unauth_destination',
  bare: '-o smtpd_tls_security_level=none',
  submission: '-o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes',
  careless: '-o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=no',
  submissions: '-o smtpd_sasl_auth_enable=yes -o smtpd_tls_wrappermode=yes',
};

/** Accounts that every Debian has, and that no running service is likely to use: Postfix wants some of its own. */
const [OWNER, OWNER_ID, GROUP] = ['uucp', 10, 'news'];

/** Postfix, with Dovecot (see startDovecot) to judge log-ins. It has to be root to start. */
export async function startPostfix(t: Test, postfix: Found, place: Place, authSocket: string): Promise<Postfix> {
  const { folder } = place;
  const names = Object.keys(LISTENERS) as (keyof Postfix)[];
  const ports = new Map<keyof Postfix, number>();
  for (const name of names) ports.set(name, await deadPort());
  const config = join(folder, 'postfix');
  makeQueue(folder);
  mkdirSync(config);
  writeFileSync(join(config, 'main.cf'), mainConfig(place, authSocket));
  const services = names.map((name) => `127.0.0.1:${ports.get(name)} inet n - n - - smtpd ${LISTENERS[name]}`);
  writeFileSync(join(config, 'master.cf'), `${[...services, ...INTERNAL].join('\n')}\n`);
  await startServer(t, {
    program: postfix,
    args: ['-c', config, '-d'],
    cwd: folder,
    listens: [...ports.values()],
    asRoot: true,
    overlay: true,
    env: { MAIL_CONFIG: config, MAIL_LOGTAG: 'postfix' },
  });
  return Object.fromEntries(names.map((name) => [name, `127.0.0.1:${ports.get(name)}`])) as unknown as Postfix;
}

const INTERNAL = [
  'rewrite unix - - n - - trivial-rewrite',
  'cleanup unix n - n - 0 cleanup',
  'tlsmgr unix - - n 1000? 1 tlsmgr',
  'anvil unix - - n - 1 anvil',
  'proxymap unix - - n - - proxymap',
  'postlog unix-dgram n - n - 1 postlogd',
];

function makeQueue(folder: string): void {
  chmodSync(folder, 0o755);
  const names = [
    'active',
    'bounce',
    'corrupt',
    'defer',
    'deferred',
    'flush',
    'hold',
    'incoming',
    'private',
    'saved',
    'trace',
    'public',
    'maildrop',
  ];
  mkdirSync(join(folder, 'spool', 'pid'), { recursive: true });
  for (const name of [...names, '../lib']) {
    const path = join(folder, 'spool', name);
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, OWNER_ID, OWNER_ID);
  }
}

function mainConfig({ folder, cert, key }: Place, authSocket: string): string {
  return `
    compatibility_level = 3.6
    queue_directory = ${folder}/spool
    data_directory = ${folder}/lib
    meta_directory = ${folder}/postfix
    mail_owner = ${OWNER}
    setgid_group = ${GROUP}
    default_privs = nobody
    import_environment = MAIL_CONFIG MAIL_LOGTAG LD_LIBRARY_PATH LANG=C
    maillog_file_prefixes = ${folder}
    maillog_file = ${folder}/postfix.log
    myhostname = mail.test
    mydestination = mail.test
    mynetworks =
    inet_interfaces = 127.0.0.1
    inet_protocols = ipv4
    alias_maps =
    alias_database =
    local_recipient_maps =
    smtpd_peername_lookup = no
    smtpd_tls_security_level = may
    smtpd_tls_chain_files = ${key}, ${cert}
    smtpd_sasl_type = dovecot
    smtpd_sasl_path = ${authSocket}
    smtpd_relay_restrictions = reject_unauth_destination
  `.replace(/^ {4}/gm, '');
}
