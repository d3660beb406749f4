import { connect, type Socket } from 'node:net';

/** The address of an XML-RPC server. */
export interface XmlRpcAddress {
  readonly socket: { readonly host: string; readonly port: number } | { readonly path: string };
  /** The path of the request. */
  readonly path: string;
  /** The header `Host`. */
  readonly host: string;
  /** `user:password`, if the server wants one. */
  readonly credentials: string | undefined;
}

/** The largest answer, in bytes: a few thousand processes fit in. */
const LONGEST_ANSWER_BYTES = 16 * 1024 * 1024;
const DEFAULT_PORT = 80;
/** The size of `sun_path` (unix(7)); Node cuts off what is longer, and asks another socket. */
const LONGEST_SOCKET_BYTES = 107;

/**
 * Reads `http://host:port/path`, with a user in it if need be, or `unix:///path/to/socket`, where the path of the
 * request is /RPC2. Throws an Error for anything else.
 */
export function parseXmlRpcUrl(text: string): XmlRpcAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'unix:') {
    const path = decodeURIComponent(url.pathname);
    if (Buffer.byteLength(path) > LONGEST_SOCKET_BYTES)
      throw new Error(`"${path}" is longer than ${LONGEST_SOCKET_BYTES} bytes, which a unix socket cannot be`);
    return { socket: { path }, path: '/RPC2', host: 'unix', credentials: undefined };
  }
  if (url?.protocol !== 'http:') throw new Error(`"${text}" is no URL with http: or unix:`);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  return {
    socket: { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port) || DEFAULT_PORT },
    path: `${url.pathname}${url.search}`,
    host: url.host,
    credentials: user === '' && password === '' ? undefined : `${user}:${password}`,
  };
}

/**
 * Sends one call, over HTTP/1.0 and a connection of its own, and resolves with the body of the answer. Rejects with an
 * Error for a connection that fails, a status that is not 200, and an answer beyond 16 MiB; ends with the signal.
 */
export async function postXmlRpc(address: XmlRpcAddress, body: string, signal: AbortSignal): Promise<string> {
  const { path, host, credentials } = address;
  const socket = connect({ ...address.socket, signal });
  try {
    const login =
      credentials === undefined ? [] : [`Authorization: Basic ${Buffer.from(credentials).toString('base64')}`];
    const head = [`POST ${path} HTTP/1.0`, `Host: ${host}`, 'Content-Type: text/xml', ...login];
    socket.write([...head, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'));
    return bodyOf(await readToEnd(socket));
  } finally {
    socket.destroy();
  }
}

/** Reads up to the end of the connection, or to the end that the answer's length says. */
async function readToEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  let wanted = Infinity;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > LONGEST_ANSWER_BYTES) throw new Error('the answer of XML-RPC has more than 16 MiB');
    if (chunks.length === 1) wanted = wholeLength(chunk);
    if (length >= wanted) break;
  }
  return Buffer.concat(chunks);
}

/**
 * The length of an answer whose head comes in one piece, as those of XML-RPC do; endless if the head does not give it.
 */
function wholeLength(first: Buffer): number {
  const end = first.indexOf('\r\n\r\n');
  const length =
    end < 0 ? undefined : /\r\ncontent-length: *(\d{1,9})\r\n/i.exec(first.toString('latin1', 0, end + 2))?.[1];
  return length === undefined ? Infinity : end + 4 + Number(length);
}

function bodyOf(answer: Buffer): string {
  const end = answer.indexOf('\r\n\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})\b/.exec(answer.toString('latin1', 0, 64))?.[1];
  if (status === undefined || end < 0) throw new Error('the answer of XML-RPC is no HTTP');
  if (status !== '200') throw new Error(`XML-RPC answers with status ${status}`);
  return answer.toString('utf8', end + 4);
}
