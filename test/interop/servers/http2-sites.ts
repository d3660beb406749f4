import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { REPOSITORY } from '../../helpers/peer.js';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { startChildService } from '../../helpers/services/child-service.js';
import { buildGo, type Golang } from './golang.js';
import { type Found, type Place, startServer, writeFor } from './real-server.js';

/** Starts a server that speaks HTTP/2 over TLS; resolves to the beginning of its URLs, without a slash at the end. */
export type StartSite = (t: Test, found: Found, place: Place) => Promise<string>;

const MANY_FIELDS = Array.from({ length: 125 }, (_, index) => `add_header X-Field-${index} value-${index};`).join(' ');

/** nginx, with a path for each kind of answer; `upstream` is proxied at /proxied. */
export const startNginxSite =
  (upstream: string): StartSite =>
  async (t, program, place) => {
    const { folder, cert, key } = place;
    const port = await deadPort();
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const paths = temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
    const config = `
daemon off; pid ${folder}/nginx.pid; worker_processes 1; error_log stderr;
events { }
http {
  access_log off; ${paths} ssl_certificate ${cert}; ssl_certificate_key ${key};
  server {
    listen 127.0.0.1:${port} ssl http2;
    location = /hello { return 200 "hello"; }
    location = /fields { ${MANY_FIELDS} return 200 "hello"; }
    location = /blanks { add_header X-A "foo "; return 200 "hello"; }
    location = /moved { return 302 "/hello "; }
    location = /nothing { return 204; }
    location = /proxied { proxy_pass ${upstream}; }
  }
}
`;
    const args = ['-p', folder, '-c', writeFor(folder, 'nginx.conf', config), '-e', 'stderr'];
    await startServer(t, { program, args, cwd: folder, listens: [port] });
    return `https://127.0.0.1:${port}`;
  };

/** nghttpd, which serves files and sends a trailer. */
export const startNghttpd: StartSite = async (t, program, { folder, cert, key }) => {
  const port = await deadPort();
  writeFor(folder, 'hello', 'hello');
  const args = ['-a', '127.0.0.1', '-d', folder, '--trailer=x-t: 1', String(port), key, cert];
  await startServer(t, { program, args, cwd: folder, listens: [port] });
  return `https://127.0.0.1:${port}`;
};

/** Caddy, and with it Go's own server, which answers without reading what is sent. */
export const startCaddy: StartSite = async (t, program, { folder, cert, key }) => {
  const port = await deadPort();
  const config = `{
  admin off
  auto_https off
  servers {
    protocols h1 h2
  }
}
https://127.0.0.1:${port} {
  bind 127.0.0.1
  tls ${cert} ${key}
  respond "hello"
}
`;
  const args = ['run', '--adapter', 'caddyfile', '--config', writeFor(folder, 'Caddyfile', config)];
  await startServer(t, { program, args, cwd: folder, listens: [port] });
  return `https://127.0.0.1:${port}`;
};

/** HAProxy, which answers by itself. */
export const startHaproxy: StartSite = async (t, program, { folder, cert, key }) => {
  const port = await deadPort();
  const pem = writeFor(folder, 'both.pem', readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'));
  const config = `
defaults
  mode http
  timeout client 20s
  timeout connect 20s
  timeout server 20s
frontend site
  bind 127.0.0.1:${port} ssl crt ${pem} alpn h2,http/1.1
  http-request return status 200 content-type text/plain string hello hdr x-a foo
`;
  await startServer(t, {
    program,
    args: ['-db', '-f', writeFor(folder, 'haproxy.cfg', config)],
    cwd: folder,
    listens: [port],
  });
  return `https://127.0.0.1:${port}`;
};

/** Apache without TLS, which offers `Upgrade: h2c` with each answer over HTTP/1.1; resolves to its URL of a page. */
export const startApache: StartSite = async (t, program, { folder }) => {
  const port = await deadPort();
  const site = join(folder, 'site');
  mkdirSync(site);
  writeFor(site, 'hello', 'hello');
  const modules = ['mpm_event', 'authz_core', 'http2'];
  const load = modules.map(
    (name) => `LoadModule ${name}_module ${program.root}/usr/lib/apache2/modules/mod_${name}.so`,
  );
  const config = `
ServerRoot ${folder}
DefaultRuntimeDir ${folder}
PidFile ${folder}/apache.pid
ErrorLog ${folder}/apache.log
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
${load.join('\n')}
Protocols h2c http/1.1
DocumentRoot ${site}
`;
  const args = ['-D', 'FOREGROUND', '-f', writeFor(folder, 'apache.conf', config)];
  await startServer(t, { program, args, cwd: folder, listens: [port] });
  return `http://127.0.0.1:${port}/hello`;
};

const GO_SERVER = join(REPOSITORY, 'test/fixtures/http2-server/server.go');

/** A server of Go's own net/http, whose HTTP/2 is that of many others; resolves to its address. */
export async function startGoServer(t: Test, golang: Golang, { folder, cert, key }: Place): Promise<string> {
  const program = buildGo(golang, GO_SERVER, folder);
  const service = await startChildService({ command: program, args: [cert, key], ready: /^(127\.0\.0\.1:\d+)$/m });
  t.teardown(() => service.stop('SIGKILL'));
  return service.address;
}
