import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findInPath } from '../test/helpers/peer.js';
import { deadPort } from '../test/helpers/servers/dead-port.js';
import type { Identity } from '../test/interop/tls/identities.js';

type Ports = Readonly<Record<'http' | 'https' | 'http2', number>>;

export interface Nginx {
  readonly urls: Readonly<Record<keyof Ports, string>>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts nginx as the target, with one worker, everything it writes below `folder`. Throws if it does not answer in
 * time.
 */
export async function startNginx(folder: string, identity: Identity): Promise<Nginx> {
  const program = findInPath('nginx');
  if (program === undefined) throw new Error('Cannot find nginx: install it (Debian: nginx-light)');
  mkdirSync(join(folder, 'logs'), { recursive: true });
  writeFileSync(join(folder, 'server.pem'), identity.cert);
  writeFileSync(join(folder, 'server.key'), identity.key);
  const ports = { http: await deadPort(), https: await deadPort(), http2: await deadPort() };
  writeFileSync(join(folder, 'nginx.conf'), nginxConfig(folder, ports));
  const child = spawn(program, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  try {
    await untilItAnswers(`http://127.0.0.1:${ports.http}/`);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    urls: {
      http: `http://127.0.0.1:${ports.http}/`,
      https: `https://127.0.0.1:${ports.https}/`,
      http2: `https://127.0.0.1:${ports.http2}/`,
    },
    stop,
  };
}

function nginxConfig(folder: string, ports: Ports): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  ssl_certificate ${folder}/server.pem;
  ssl_certificate_key ${folder}/server.key;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache off;
  ssl_session_tickets off;
  server { listen 127.0.0.1:${ports.http} backlog=4096; location / { return 200 "hello world"; } }
  server { listen 127.0.0.1:${ports.https} ssl backlog=4096; location / { return 200 "hello world"; } }
  server { listen 127.0.0.1:${ports.http2} ssl http2 backlog=4096; location / { return 200 "hello world"; } }
}
`;
}

async function untilItAnswers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const answer = await fetch(url).catch((error: unknown) => error);
    if (answer instanceof Response) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Cannot reach nginx at ${url}`);
}
