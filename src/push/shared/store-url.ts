/** The place where groups are shared, as `--push.store` gives it. */
export interface StoreUrl {
  readonly isTls: boolean;
  /** One server, or some nodes of a cluster. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly isCluster: boolean;
  readonly user?: string;
  readonly password?: string;
  /** The number of the database; always 0 in a cluster. */
  readonly database: number;
  /** The beginning of all keys, in braces, so that they share one slot of a cluster. */
  readonly prefix: string;
}

/** The value of `--push.store` cannot be used. The message says what would be right, without the password. */
export class StoreUrlProblem extends Error {
  override readonly name = 'StoreUrlProblem';
}

const FORM = 'write redis://[user[:password]@]host[:port][,host[:port]…][/database][?prefix=name&cluster=true]';
const URL_PARTS = /^(rediss?):\/\/(?:([^@/?]*)@)?([^@/?]+)(?:\/(\d{0,4}))?(?:\?(.*))?$/;
const STANDARD_PORT = 6379;
const STANDARD_PREFIX = 'sonde-pushgateway';
const PREFIX = /^[\w.:-]{1,64}$/;
const MOST_NODES = 32;

/** Reads the URL; throws StoreUrlProblem. */
export function parseStoreUrl(text: string): StoreUrl {
  const [, scheme, access, hosts = '', database = '', query = ''] = URL_PARTS.exec(text) ?? [];
  if (scheme === undefined) throw new StoreUrlProblem(FORM);
  const nodes = hosts.split(',').map(readNode);
  if (nodes.length > MOST_NODES) throw new StoreUrlProblem(`at most ${MOST_NODES} nodes; the others are found by them`);
  const { prefix, isCluster } = readQuery(query);
  const isWholeCluster = isCluster || nodes.length > 1;
  const number = Number(database);
  if (isWholeCluster && number !== 0) throw new StoreUrlProblem('a cluster has the database 0 only');
  return {
    isTls: scheme === 'rediss',
    nodes,
    isCluster: isWholeCluster,
    ...readAccess(access),
    database: number,
    prefix,
  };
}

/** The URL without its password, for the log, the status page and messages. */
export function maskStoreUrl(text: string): string {
  const at = text.indexOf('@');
  const [scheme = ''] = text.split('//', 1);
  if (at < 0) return text;
  const access = text.slice(scheme.length + 2, at);
  const colon = access.indexOf(':');
  return colon < 0 ? text : `${scheme}//${access.slice(0, colon)}:<secret>${text.slice(text.lastIndexOf('@'))}`;
}

function readNode(text: string): { host: string; port: number } {
  const [, bracketed, plain, port = String(STANDARD_PORT)] =
    /^(?:\[([\da-fA-F:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = Number(port);
  if (host === undefined || number === 0 || number > 65_535) throw new StoreUrlProblem(FORM);
  return { host, port: number };
}

function readAccess(access = ''): Pick<StoreUrl, 'user' | 'password'> {
  if (access === '') return {};
  const colon = access.indexOf(':');
  const user = decoded(colon < 0 ? access : access.slice(0, colon));
  const password = colon < 0 ? '' : decoded(access.slice(colon + 1));
  return { ...(user !== '' && { user }), ...(password !== '' && { password }) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StoreUrlProblem('user and password are percent-encoded where they have characters such as @ or %');
  }
}

function readQuery(query: string): { readonly prefix: string; readonly isCluster: boolean } {
  let prefix = STANDARD_PREFIX;
  let isCluster = false;
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'prefix' && PREFIX.test(value)) prefix = value;
    else if (name === 'cluster' && (value === 'true' || value === 'false')) isCluster = value === 'true';
    else if (name === 'prefix') throw new StoreUrlProblem('prefix is 1 to 64 letters, digits and any of _ . : -');
    else if (name === 'cluster') throw new StoreUrlProblem('cluster is true or false');
    else throw new StoreUrlProblem('the query has prefix and cluster only');
  }
  return { prefix, isCluster };
}
