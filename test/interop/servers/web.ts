import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { type Found, type Place, startServer, writeFor } from './real-server.js';

/** The addresses of an nginx with a server for each kind of site: `host:port`. */
export interface Nginx {
  readonly plain: string;
  /** The URL of the server over IPv6. */
  readonly plain6: string;
  /** Redirects all to HTTPS. */
  readonly redirect: string;
  /** HTTP/2, TLS 1.2 and 1.3. */
  readonly https: string;
  /** HTTP/1.1, TLS 1.2 only. */
  readonly old: string;
  /** Wants a client certificate, and hangs up during the handshake without one (TLS 1.2). */
  readonly clientCertificate: string;
}

/** nginx: `/health` is JSON, `/sick` too, `/private` wants user monitor with password secret; POST goes to `/post`. */
export async function startNginx(t: Test, nginx: Found, place: Place): Promise<Nginx> {
  const { folder } = place;
  const names = ['plain', 'redirect', 'https', 'old', 'clientCertificate'] as const;
  const ports = new Map<string, number>();
  for (const name of names) ports.set(name, await deadPort());
  const port = (name: (typeof names)[number]): number => ports.get(name) ?? 0;
  writeFileSync(join(folder, 'users'), 'monitor:{PLAIN}secret\n');
  const config = writeFor(folder, 'nginx.conf', configuration(place, port));
  const args = ['-p', folder, '-c', config, '-e', 'stderr'];
  const listens = [...ports.values(), { host: '::1', port: port('plain') }];
  await startServer(t, { program: nginx, args, cwd: folder, listens });
  return {
    plain: `127.0.0.1:${port('plain')}`,
    plain6: `[::1]:${port('plain')}`,
    redirect: `127.0.0.1:${port('redirect')}`,
    https: `127.0.0.1:${port('https')}`,
    old: `127.0.0.1:${port('old')}`,
    clientCertificate: `127.0.0.1:${port('clientCertificate')}`,
  };
}

type PortOf = (name: 'plain' | 'redirect' | 'https' | 'old' | 'clientCertificate') => number;

function configuration({ folder, cert, key, ca }: Place, port: PortOf): string {
  const json = 'default_type application/json;';
  const site = `
    location = / { return 200 "hello"; }
    location = /health { ${json} return 200 '{"status": "UP"}'; }
    location = /sick { ${json} return 200 '{"status": "DOWN"}'; }
    location = /moved { return 302 /; }
    location = /broken { return 500; }
    location = /post {
      ${json}
      if ($request_method != POST) { return 405; }
      return 201 '{}';
    }
    location = /private { auth_basic "x"; auth_basic_user_file ${folder}/users; try_files /users =500; }
  `;
  const listen = (name: Parameters<PortOf>[0], how: string): string => `listen 127.0.0.1:${port(name)} ${how};`;
  return `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 64; }
http {
  access_log off;
  root ${folder};
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ssl_certificate ${cert};
  ssl_certificate_key ${key};
  server { ${listen('plain', '')} listen [::1]:${port('plain')}; ${site} }
  server { ${listen('redirect', '')} return 301 https://127.0.0.1:${port('https')}$request_uri; }
  server { ${listen('https', 'ssl http2')} ssl_protocols TLSv1.2 TLSv1.3; ${site} }
  server { ${listen('old', 'ssl')} ssl_protocols TLSv1.2; ${site} }
  server { ${listen('clientCertificate', 'ssl')} ssl_verify_client on; ssl_client_certificate ${ca}; ${site} }
}
`;
}
