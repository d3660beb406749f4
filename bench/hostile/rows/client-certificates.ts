import { rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import { authority } from '../../../test/helpers/tls/certificate-extensions.js';
import { make } from '../../../test/helpers/tls/certificate-writer.js';
import {
  curveClaim,
  distributed,
  dsaClaim,
  type Presented,
  rsaClaim,
  way,
} from '../../../test/helpers/tls/costly-chains.js';
import { manyNames } from '../../../test/helpers/tls/gate-chains.js';
import { Sealer } from '../../../test/helpers/tls/record-sealer.js';
import type { ClientRow } from '../hostile-row.js';

/** What strangers present. Nobody has to have signed it: with RequireAnyClientCert, any certificate will do. */
const CHAINS: Readonly<Record<string, () => Presented>> = {
  'one of its own': () => [make()],
  'a way of 40 RSA-8192': () => way(40, (index) => rsaClaim(8192, index)),
  'a way of two RSA-16376': () => way(2, (index) => rsaClaim(16_376, index)),
  'a way of 18 DSA-10000': () => way(18, (index) => dsaClaim(10_000, index)),
  'a way of 60 P-521': () => way(60, (index) => curveClaim(index)),
  '200 certificates': () => [
    make(),
    ...Array.from({ length: 200 }, (_, index) =>
      make({ subject: `stray ${index}`, key: 'ec-stray', extensions: [authority()] }),
    ),
  ],
  '30,000 names': () => [manyNames(30_000)],
  'distribution points named after a long issuer': () => [distributed(60, 200, 2)],
};

const FILES = join(os.tmpdir(), `sonde-hostile-tls-${process.pid}`);

/** The web config file for how clients are asked, beside the server's certificate and key. */
function webConfig(clientAuth: string): { readonly args: readonly string[]; readonly prepare: () => void } {
  const path = `${FILES}-${clientAuth}.yml`;
  const [cert, key] = [`${FILES}.crt`, `${FILES}.key`];
  const prepare = (): void => {
    process.once('exit', () => {
      for (const file of [path, cert, key]) rmSync(file, { force: true });
    });
    const made = make();
    writeFileSync(cert, made.cert);
    writeFileSync(key, made.key);
    writeFileSync(path, `tls_server_config: {cert_file: ${cert}, key_file: ${key}, client_auth_type: ${clientAuth}}\n`);
  };
  return { args: [`--web.config.file=${path}`], prepare };
}

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

/** A request with a chain; resolves to the status line, or to what became of it. */
async function asked(address: string, options: tls.ConnectionOptions): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  const socket = tls.connect({ host, port: Number(port), rejectUnauthorized: false, ...options });
  socket.write('GET /-/healthy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  try {
    const answer = await text(socket);
    return answer === '' ? 'refused' : answer.slice(9, 12);
  } catch {
    return 'refused';
  }
}

/** One chain each, made once: it takes longer than the handshake. */
function presenting(present: () => Presented): (address: string) => Promise<string> {
  let chain: { readonly key: string; readonly cert: string } | undefined;
  return async (address) => {
    if (chain === undefined) {
      const made = present();
      chain = { key: made[0].key, cert: made.map(({ cert }) => cert).join('') };
    }
    const said: string[] = [];
    for (const version of VERSIONS) {
      const versions = { minVersion: version, maxVersion: version };
      said.push(await asked(address, { ...chain, ...versions, ciphers: 'DEFAULT:@SECLEVEL=0' }));
    }
    return said.join(' and ');
  };
}

/** What of a flood a client writes at most. */
const KEYS = 5000;
const FLOOD_MS = 3000;

/** A client that says nothing but that new keys follow. */
async function newKeys(address: string): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  const raw = net.connect(Number(port), host);
  const suite = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' } as const;
  const { key, cert } = make();
  const secured = tls.connect({ socket: raw, rejectUnauthorized: false, key, cert, ...suite });
  let secret = Buffer.alloc(0);
  secured.on('keylog', (line: Buffer) => {
    const [label, , hex = ''] = line.toString().trim().split(' ');
    if (label === 'CLIENT_TRAFFIC_SECRET_0') secret = Buffer.from(hex, 'hex');
  });
  for (const each of [raw, secured]) each.on('error', () => raw.destroy());
  return new Promise((resolve) => {
    raw.once('close', () => {
      resolve('closed');
    });
    secured.once('secureConnect', () => {
      const sealer = new Sealer(secret, 0);
      raw.write(Buffer.concat(Array.from({ length: KEYS }, () => sealer.update(false))));
      setTimeout(() => raw.destroy(), FLOOD_MS);
    });
  });
}

function row(name: string, clientAuth: string, attack: ClientRow['attack']): ClientRow {
  const group = 'client-certificate';
  return { kind: 'client', name: `client: ${name}`, group, service: 'prober', ...webConfig(clientAuth), attack };
}

/** Handshakes of strangers with a Sonde that serves TLS, and what they may send behind them. */
export const CLIENT_CERTIFICATES: readonly ClientRow[] = [
  ...Object.entries(CHAINS).map(([name, present]) => row(name, 'RequireAnyClientCert', presenting(present))),
  row('new keys without end', 'NoClientCert', newKeys),
  row('new keys without end, with a certificate', 'RequireAnyClientCert', newKeys),
];
