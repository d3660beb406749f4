import { type ClientRequest, type IncomingHttpHeaders, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface HttpGetOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
  /** The address that the connection comes from. */
  readonly localAddress?: string;
  /** Called once the connection stands. */
  readonly onConnect?: () => void;
}

/** One request on a connection of its own; `path` is sent as it is. `address` is `host:port`. */
export function httpGet(address: string, path: string, options: HttpGetOptions = {}): Promise<HttpAnswer> {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[|\]$/g, '');
  const { method = 'GET', headers = {}, body, signal, localAddress, onConnect } = options;
  const sent = request({
    host,
    port: address.slice(at + 1),
    path,
    method,
    headers,
    agent: false,
    ...(signal && { signal }),
    ...(localAddress !== undefined && { localAddress }),
  });
  if (onConnect !== undefined) sent.once('socket', (socket) => socket.once('connect', onConnect));
  return answerTo(sent, body);
}

/** Sends `body` as the rest of a request; resolves to the whole answer. */
export function answerTo(sent: ClientRequest, body?: string | Buffer): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes, text: bytes.toString() });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
