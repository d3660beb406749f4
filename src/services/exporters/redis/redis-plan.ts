import { joinHostPort } from '../../../net/host-port.js';
import { readRedisTarget } from '../../../probers/redis/redis-target.js';
import type { RawTlsConfig } from '../../../values/raw-config.js';
import type { ExporterPlan, NamedTarget } from '../server-exporter.js';
import { readPasswords } from './redis-passwords.js';

/** How the command line says that servers are to be asked. */
export interface RedisAccess {
  /** May have a user and a password in it. */
  readonly address: string;
  readonly user: string;
  readonly password: string;
  /** Path of the JSON file; "" if there is none, or if it does not count. */
  readonly passwordFile: string;
  /** Patterns of further targets that may have user and password. */
  readonly credentialsFor: readonly string[];
  readonly timeoutSeconds: number;
  readonly tls: Partial<RawTlsConfig>;
}

/** The module of the server that the command line names. */
const MAIN = 'main';
/** The module of servers that a request names, and that have no password of their own. */
const OTHERS = 'others';

/**
 * The servers to ask, and with which password each. A password of the file goes to its own address only. Rejects with a
 * FileProblem, or with an Error that says what is wrong in the file.
 */
export async function planRedis(access: RedisAccess): Promise<ExporterPlan> {
  const { passwordFile, credentialsFor } = access;
  const own = splitAddress(access.address);
  const passwords = passwordFile === '' ? new Map<string, string>() : await readPasswords(passwordFile);
  const user = own.user === '' ? access.user : own.user;
  const password = own.password || (passwords.get(keyOf({ target: own.target, user })) ?? access.password);
  const ofFile = [...passwords].map(([key, secret], index) => ({ key, secret, module: `file-${index}` }));
  const moduleOfKey = new Map(ofFile.map(({ key, module }) => [key, module]));
  const login = { user, password, mayHave: patternsFor(own.target) };
  return {
    modules: {
      [MAIN]: moduleFor(access, login),
      [OTHERS]: moduleFor(access, {
        user: access.user,
        password: access.password,
        mayHave: [...login.mayHave, ...credentialsFor],
      }),
      ...Object.fromEntries(
        ofFile.map(({ key, secret, module }) => {
          const { target, user: named } = splitAddress(key);
          return [module, moduleFor(access, { user: named, password: secret, mayHave: patternsFor(target) })];
        }),
      ),
    },
    scrapes: [{ module: MAIN, target: own.target, labels: [] }],
    moduleFor: (named) => moduleOfKey.get(keyOf({ user: access.user, ...named })) ?? OTHERS,
  };
}

interface Login {
  readonly user: string;
  readonly password: string;
  readonly mayHave: readonly string[];
}

function moduleFor({ timeoutSeconds, tls }: RedisAccess, { user, password, mayHave }: Login): unknown {
  return {
    prober: 'redis',
    timeout: `${timeoutSeconds}s`,
    redis: {
      // Without a password nobody logs in, as upstream has it.
      ...(password !== '' && { username: user, password, credentials_for: mayHave }),
      tls_config: tls,
      preferred_ip_protocol: 'ip4',
    },
  };
}

/** The address as a pattern of credentials_for; none for an address that makes no sense, which every scrape says. */
function patternsFor(target: string): readonly string[] {
  try {
    const { server } = readRedisTarget(target);
    return [server.kind === 'unix' ? server.path : joinHostPort(server.host, server.port)];
  } catch {
    return [];
  }
}

/** Takes the credentials out of an URL. */
function splitAddress(address: string): { readonly target: string; readonly user: string; readonly password: string } {
  const [, scheme = '', userinfo = '', rest = ''] = /^([a-z]+:\/\/)?(?:(.*)@)?([^@]*)$/s.exec(address) ?? [];
  const colon = userinfo.indexOf(':');
  const [user, password] = colon < 0 ? [userinfo, ''] : [userinfo.slice(0, colon), userinfo.slice(colon + 1)];
  return { target: `${scheme}${rest}`, user: decoded(user), password: decoded(password) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** How the password file names a server: `redis://user@host:port`. */
function keyOf({ target, user = '' }: Pick<NamedTarget, 'target' | 'user'>): string {
  const [, scheme = 'redis', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/s.exec(target) ?? [];
  return `${scheme}://${user === '' ? '' : `${user}@`}${rest}`;
}
