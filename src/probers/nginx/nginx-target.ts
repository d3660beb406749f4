import { UrlError } from '../../values/go/go-url.js';
import { originForm, parseHttpUrl, portOf } from '../http-client/http-url.js';
import { checkLength, invalidTarget, type ServerTarget, unixTarget } from '../server-client/server-target.js';

/** A page of stub_status, and the server that has it. */
export interface NginxTarget {
  readonly server: ServerTarget;
  readonly scheme: 'http' | 'https';
  /** The value of the Host header. */
  readonly authority: string;
  /** The name for SNI and for the certificate. */
  readonly hostname: string;
  readonly path: string;
}

/** The path of the page if the target has none: the path of the exporter's default URI. */
const DEFAULT_PATH = '/stub_status';
/** The log line for a target that makes no sense. */
const INVALID = 'Could not parse target URL';

/**
 * Reads an URL, `host:port`, or `unix:PATH[:/URI]` as nginx-prometheus-exporter writes it. Throws the ProbeFailure
 * invalid_target; also for an URL with credentials, which would be seen by all who see targets.
 */
export function readNginxTarget(text: string): NginxTarget {
  checkLength(text, INVALID);
  if (text.startsWith('unix:')) return readUnixTarget(text.slice('unix:'.length));
  try {
    const url = parseHttpUrl(/^https?:\/\//i.test(text) ? text : `http://${text}`);
    if (url.userinfo !== undefined) throw new UrlError('credentials belong into the module, not into the target');
    if (url.hostname === '') throw new UrlError('no host in the target');
    const path = url.path === '' && url.query === undefined ? DEFAULT_PATH : originForm(url);
    const server = { kind: 'tcp', host: url.hostname, port: portOf(url) } as const;
    return { server, scheme: url.scheme, authority: url.host, hostname: url.hostname, path };
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    throw invalidTarget(INVALID, error.message);
  }
}

/** The URI comes behind the last colon that a slash follows. */
function readUnixTarget(text: string): NginxTarget {
  const colon = text.lastIndexOf(':/');
  const [socket, path] = colon > 0 ? [text.slice(0, colon), text.slice(colon + 1)] : [text, DEFAULT_PATH];
  // The path goes into the request line.
  if (!/^[!-~]+$/.test(path)) throw invalidTarget(INVALID, 'the URI has characters that a URI cannot have');
  return { server: unixTarget(socket, INVALID), scheme: 'http', authority: 'localhost', hostname: '', path };
}
