import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../../helpers/peer.js';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { startChildService } from '../../helpers/services/child-service.js';
import { findServer, type Found, librariesOf } from '../servers/real-server.js';

/** A real name server (BIND 9) with test/fixtures/zone.test.db, signed. */
export interface Bind9 {
  /** `127.0.0.1:port` for UDP and TCP, for TLS, and for HTTPS. */
  readonly plain: string;
  readonly tls: string;
  readonly https: string;
  readonly close: () => Promise<void>;
}

export interface Bind9Options {
  /** The certificate and key of the server, PEM. */
  readonly cert: string;
  readonly key: string;
}

const PROGRAMS = ['named', 'dnssec-keygen', 'dnssec-signzone'] as const;

/** Whether the programs are there (Debian: bind9). */
export function hasBind9(): boolean {
  return PROGRAMS.every((program) => findServer(program) !== undefined);
}

/** Starts the server in a folder of its own, on the loopback only. */
export async function startBind9({ cert, key }: Bind9Options): Promise<Bind9> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-bind9-'));
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 });
  signZone(folder);
  const ports = [await deadPort(), await deadPort(), await deadPort()] as const;
  writeFileSync(join(folder, 'named.conf'), configuration(folder, ports));
  const named = programOf('named');
  const service = await startChildService({
    command: named.path,
    env: librariesOf(named),
    args: ['-g', '-n', '1', '-c', join(folder, 'named.conf')],
    // Its last line; an earlier one says on which kernel it is running.
    ready: /\b(running)\n/,
    cwd: folder,
  });
  const [plain, tls, https] = ports;
  return {
    plain: `127.0.0.1:${plain}`,
    tls: `127.0.0.1:${tls}`,
    https: `127.0.0.1:${https}`,
    close: async () => {
      await service.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

function configuration(folder: string, [plain, tls, https]: readonly [number, number, number]): string {
  return `
    tls local { cert-file "${folder}/cert.pem"; key-file "${folder}/key.pem"; };
    options {
      directory "${folder}"; pid-file none; session-keyfile none; managed-keys-directory "${folder}"; lock-file none;
      listen-on port ${plain} { 127.0.0.1; };
      listen-on port ${tls} tls local { 127.0.0.1; };
      listen-on port ${https} tls local http default { 127.0.0.1; };
      listen-on-v6 { none; };
      recursion no; dnssec-validation no; server-id "bind-of-sonde"; minimal-responses yes;
    };
    controls { };
    zone "zone.test" { type primary; file "zone.test.signed"; check-names ignore; };`;
}

function signZone(folder: string): void {
  copyFileSync(join(REPOSITORY, 'test/fixtures/zone.test.db'), join(folder, 'zone.test.db'));
  const algorithm = ['-q', '-a', 'ECDSAP256SHA256'];
  run('dnssec-keygen', [...algorithm, '-f', 'KSK', 'zone.test'], folder);
  run('dnssec-keygen', [...algorithm, 'zone.test'], folder);
  run('dnssec-signzone', ['-q', '-S', '-o', 'zone.test', '-f', 'zone.test.signed', 'zone.test.db'], folder);
}

function run(name: (typeof PROGRAMS)[number], args: readonly string[], cwd: string): void {
  const program = programOf(name);
  const env = { ...process.env, ...librariesOf(program) };
  const { status, stderr } = spawnSync(program.path, args, { cwd, encoding: 'utf8', env });
  if (status !== 0) throw new Error(`Cannot run ${name}: ${stderr}`);
}

function programOf(name: (typeof PROGRAMS)[number]): Found {
  const found = findServer(name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}
