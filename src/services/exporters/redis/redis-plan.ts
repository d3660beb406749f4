import { readTextFile } from '../../../files/file-text.js';
import { readRedisTarget } from '../../../probers/redis/redis-target.js';
import { credentialPattern } from '../../../probers/server-client/credential-targets.js';
import type { RawRedisScript, RawTlsConfig } from '../../../values/raw-config.js';
import { moduleTimeout } from '../module-timeout.js';
import type { ExporterPlan, NamedTarget } from '../server-exporter.js';
import { assertTlsFiles } from '../tls-files.js';
import { readPasswords } from './redis-passwords.js';

/** The server to ask and the logins, as the command line gives them. */
export interface RedisAccess {
  /** The address, perhaps with a user and a password in it. */
  readonly address: string;
  readonly user: string;
  readonly password: string;
  /** Path of the JSON file; "" if there is none, or if it does not count. */
  readonly passwordFile: string;
  /** Patterns of further targets that may have user and password. */
  readonly credentialsFor: readonly string[];
  readonly timeoutSeconds: number;
  readonly tls: Partial<RawTlsConfig>;
  /** The options of the module that say what is asked for. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** Paths of Lua scripts. */
  readonly scripts: readonly string[];
  /** How the nodes of the cluster are named; undefined if the server is none of a cluster. */
  readonly nodes: { readonly byHostname: boolean } | undefined;
}

/** The same, with the scripts read. */
type Access = Omit<RedisAccess, 'scripts'>;

/** The largest script, in bytes. */
const LARGEST_SCRIPT_BYTES = 64 * 1024;

/** The module of the server that the command line names. */
const MAIN = 'main';
/** The module of servers that a request names, and that have no password of their own. */
const OTHERS = 'others';
/** The module that asks for the nodes of the cluster. */
const NODES = 'nodes';

/**
 * Plans the servers to ask, and the password for each. A password of the file goes to its own address only. Rejects
 * with a FileProblem, or with an Error that says what is wrong in the file.
 */
export async function planRedis({ scripts: files, ...rest }: RedisAccess): Promise<ExporterPlan> {
  const access: Access = { ...rest, asked: { ...rest.asked, scripts: await readScripts(files) } };
  const { passwordFile } = access;
  await assertTlsFiles(access.tls);
  const own = splitAddress(access.address);
  const passwords = passwordFile === '' ? new Map<string, string>() : await readPasswords(passwordFile);
  const { user, password } = loginOf(own, access, passwords);
  const ofFile = [...passwords].map(([key, secret], index) => ({ key, secret, module: `file-${index}` }));
  const moduleOfKey = new Map(ofFile.map(({ key, module }) => [key, module]));
  const login = { user, password, mayHave: patternsFor(own.target) };
  return {
    modules: {
      [MAIN]: moduleFor(access, login),
      ...(access.nodes && { [NODES]: moduleFor({ ...access, asked: { cluster_nodes: true } }, login) }),
      [OTHERS]: moduleFor(access, othersOf(access, login)),
      ...Object.fromEntries(
        ofFile.map(({ key, secret, module }) => {
          const { target, user: named } = splitAddress(key);
          return [module, moduleFor(access, { user: named, password: secret, mayHave: patternsFor(target) })];
        }),
      ),
    },
    // With an empty address only requests name servers.
    scrapes: access.address === '' ? [] : [{ module: MAIN, target: own.target, labels: [] }],
    ...(access.nodes && access.address !== '' && { nodes: { module: NODES, target: own.target, ...access.nodes } }),
    moduleFor: (named) => moduleOfKey.get(keyOf({ user: access.user, ...named })) ?? OTHERS,
  };
}

/** Reads scripts; each is called by its path as it was given. */
async function readScripts(files: readonly string[]): Promise<readonly RawRedisScript[]> {
  const scripts: RawRedisScript[] = [];
  for (const name of files) {
    const lua = await readTextFile(name, LARGEST_SCRIPT_BYTES);
    if (lua.trim() === '') throw new Error(`${name}: the script is empty`);
    scripts.push({ name, lua });
  }
  return scripts;
}

/** The login of the server of the command line. A user alone in its address is a password, as with redis-cli. */
function loginOf(
  own: OwnAddress,
  access: Access,
  passwords: ReadonlyMap<string, string>,
): Pick<Login, 'user' | 'password'> {
  const user = own.user === '' ? access.user : own.user;
  const password = own.password || (passwords.get(keyOf({ target: own.target, user })) ?? access.password);
  return password === '' ? { user: access.user, password: own.user } : { user, password };
}

/** The login at servers that requests name. */
function othersOf({ user, password, credentialsFor }: Access, { mayHave }: Login): Login {
  return { user, password, mayHave: [...mayHave, ...credentialsFor] };
}

interface Login {
  readonly user: string;
  readonly password: string;
  readonly mayHave: readonly string[];
}

function moduleFor({ timeoutSeconds, tls, asked }: Access, { user, password, mayHave }: Login): unknown {
  return {
    prober: 'redis',
    timeout: moduleTimeout(timeoutSeconds),
    redis: {
      // Without a password there is no log-in, like upstream.
      ...(password !== '' && { username: user, password, credentials_for: mayHave }),
      tls_config: tls,
      preferred_ip_protocol: 'ip4',
      ...asked,
    },
  };
}

/** The address as a pattern of credentials_for. A malformed address gives none; every scrape reports it. */
function patternsFor(target: string): readonly string[] {
  try {
    return [credentialPattern(readRedisTarget(target).server)];
  } catch {
    return [];
  }
}

interface OwnAddress {
  readonly target: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Takes the credentials out of a URL. Upstream's client looks at no query, and connects to localhost where there is no
 * host.
 */
function splitAddress(address: string): OwnAddress {
  const [, scheme = '', userinfo = '', rest = ''] = /^([a-z]+:\/\/)?(?:(.*)@)?([^@]*)$/s.exec(address) ?? [];
  const colon = userinfo.indexOf(':');
  const [user, password] = colon < 0 ? [userinfo, ''] : [userinfo.slice(0, colon), userinfo.slice(colon + 1)];
  const isPath = scheme === 'unix://' || (scheme === '' && rest.startsWith('/'));
  const [withoutQuery = ''] = rest.split('?', 1);
  const server = isPath ? rest : withoutQuery.replace(/^:/, 'localhost:');
  return { target: `${scheme}${server}`, user: decoded(user), password: decoded(password) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The name of a server in the password file: `redis://user@host:port`. */
function keyOf({ target, user = '' }: Pick<NamedTarget, 'target' | 'user'>): string {
  const [, scheme = 'redis', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/s.exec(target) ?? [];
  return `${scheme}://${user === '' ? '' : `${user}@`}${rest}`;
}
