import { join } from 'node:path';
import type { Test } from 'tap';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { type Found, type Place, startServer, writeFor } from './real-server.js';

/** The pages of an NGINX, as URIs that nginx-prometheus-exporter takes. */
export interface StatusPages {
  readonly http: string;
  readonly https: string;
  readonly unix: string;
  /** 404 and 403. */
  readonly missing: string;
  readonly denied: string;
  /** Another page with status 200, and one of stub_status behind a redirect. */
  readonly other: string;
  readonly moved: string;
  /** `host:port` of a page that is asked for to keep the server busy. */
  readonly busy: string;
}

/** NGINX with stub_status over HTTP, HTTPS and a unix socket. It ends with the test. */
export async function startStatusPages(t: Test, nginx: Found, place: Place): Promise<StatusPages> {
  const { folder } = place;
  const [http, https] = [await deadPort(), await deadPort()];
  const socket = join(folder, 'nginx.sock');
  const config = writeFor(folder, 'status.conf', configuration(place, { http, https, socket }));
  await startServer(t, {
    program: nginx,
    args: ['-p', folder, '-c', config, '-e', 'stderr'],
    cwd: folder,
    listens: [http, https, socket],
  });
  const base = `http://127.0.0.1:${http}`;
  return {
    http: `${base}/stub_status`,
    https: `https://127.0.0.1:${https}/stub_status`,
    unix: `unix:${socket}:/stub_status`,
    missing: `${base}/missing`,
    denied: `${base}/denied`,
    other: `${base}/`,
    moved: `${base}/moved`,
    busy: `127.0.0.1:${http}`,
  };
}

/** Keeps the server busy until the test ends, a few requests at a time. */
export function startPageLoad(t: Test, address: string): void {
  let isOver = false;
  t.teardown(() => {
    isOver = true;
  });
  const ask = async (): Promise<void> => {
    while (!isOver) {
      await httpGet(address, '/').catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  for (let count = 0; count < 4; count++) void ask();
}

interface Where {
  readonly http: number;
  readonly https: number;
  readonly socket: string;
}

function configuration({ folder, cert, key }: Place, { http, https, socket }: Where): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const site = `
    location = /stub_status { stub_status; }
    location = /denied { return 403; }
    location = /missing { return 404; }
    location = /moved { return 302 /stub_status; }
    location / { return 200 "hello"; }
  `;
  return `
daemon off;
worker_processes 1;
pid ${folder}/status.pid;
events { worker_connections 256; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  ssl_certificate ${cert};
  ssl_certificate_key ${key};
  server { listen 127.0.0.1:${http}; listen unix:${socket}; ${site} }
  server { listen 127.0.0.1:${https} ssl; ${site} }
}
`;
}
