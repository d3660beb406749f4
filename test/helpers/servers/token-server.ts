import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

export interface TokenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly form: URLSearchParams;
}

/** Answers a request for a token; the form has been read by then. */
export type TokenScript = (request: TokenRequest, response: http.ServerResponse) => void;

export interface TokenServer {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly TokenRequest[];
}

/** An OAuth2 token endpoint on 127.0.0.1, over TLS if given a key and certificate; closed when the test ends. */
export async function startTokenServer(
  t: Test,
  script: TokenScript,
  tls?: { readonly key: string; readonly cert: string },
): Promise<TokenServer> {
  const requests: TokenRequest[] = [];
  const listener: http.RequestListener = (message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
      const request = { method: message.method ?? '', path: message.url ?? '', headers: message.headers, form };
      requests.push(request);
      script(request, response);
    });
  };
  const server = tls === undefined ? http.createServer(listener) : https.createServer({ ...tls }, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, port, requests };
}

/** Answers with JSON. */
export function json(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
