import { once } from 'node:events';
import { connect } from 'node:http2';
import { request } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { answerTo, type HttpAnswer } from './http-get.js';

export interface HttpsGetOptions {
  /** What the client offers: HTTP/1.1 is the default. */
  readonly protocol?: 'http/1.1' | 'h2';
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Trust, client certificate and so on. */
  readonly tls: ConnectionOptions;
}

/**
 * One request over TLS on a connection of its own; rejects with what the client sees of a refusal. `address` is
 * `host:port`.
 */
export function httpsGet(address: string, path: string, options: HttpsGetOptions): Promise<HttpAnswer> {
  return options.protocol === 'h2' ? overHttp2(address, path, options) : overHttp1(address, path, options);
}

function overHttp1(address: string, path: string, options: HttpsGetOptions): Promise<HttpAnswer> {
  const { method = 'GET', headers = {}, body, tls } = options;
  const [host = '', port = ''] = address.split(':');
  return answerTo(request({ ...tls, host, port, servername: 'localhost', path, method, headers, agent: false }), body);
}

async function overHttp2(address: string, path: string, options: HttpsGetOptions): Promise<HttpAnswer> {
  const { method = 'GET', headers = {}, body, tls } = options;
  const session = connect(`https://${address}`, { ...tls, servername: 'localhost' });
  try {
    await once(session, 'connect');
    // What goes wrong afterwards is the stream's error as well.
    session.on('error', () => undefined);
    const stream = session.request({ ':method': method, ':path': path, ...headers });
    let answered: HttpAnswer['headers'] & { readonly ':status'?: number | undefined } = {};
    stream.on('response', (received) => {
      answered = received;
    });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.end(body);
    await once(stream, 'close');
    if (answered[':status'] === undefined) throw new Error('the session was closed before the answer');
    const bytes = Buffer.concat(chunks);
    return { status: answered[':status'], headers: answered, body: bytes, text: bytes.toString() };
  } finally {
    session.destroy();
  }
}
