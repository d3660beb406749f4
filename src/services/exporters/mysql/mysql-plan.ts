import { FileProblem } from '../../../files/file-problem.js';
import { HttpError } from '../../../http/answers/http-reply.js';
import { splitHostPort } from '../../../net/host-port.js';
import { readMysqlTarget } from '../../../probers/mysql/mysql-target.js';
import { credentialPattern } from '../../../probers/server-client/credential-targets.js';
import { messageOf } from '../../../values/as-error.js';
import type { RawMysqlCollectorOptions } from '../../../values/raw-config.js';
import type { ExporterPlan, NamedTarget, PlanDoubt } from '../server-exporter.js';
import { readMyCnf, type Sections } from './my-cnf.js';
import { loginOf, type MysqlLogin, readMysqlSource } from './mysql-login.js';
import { type Environment, withVariables } from './password-text.js';

/** The servers to ask and the logins, as the command line or the environment gives them. */
export interface MysqlAccess {
  /** A data source; "" if there is none. It takes precedence over everything that would make a section `client`. */
  readonly source: string;
  /** Path of the file with the sections; "" if there is none. */
  readonly file: string;
  /** The defaults of the section `client`. */
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly password: string;
  readonly skipVerification: boolean;
  /** Whether the statements of scrapes stay out of the log of slow queries. */
  readonly hasSlowFilter: boolean;
  /** Patterns of targets of `/probe` that may have the passwords. */
  readonly credentialsFor: readonly string[];
  readonly timeoutSeconds: number;
  /** Whether each collector is asked. */
  readonly collectors: Readonly<Record<string, boolean>>;
  /** The options of the collectors that the command line gives. */
  readonly collectorOptions: Partial<RawMysqlCollectorOptions>;
}

/** The section of the telemetry path, and of requests that name none. */
const CLIENT = 'client';

/**
 * Plans the servers to ask. Rejects with a FileProblem, a UsageError, or an Error that says what is wrong in a file,
 * also where no user is given.
 */
export async function planMysql(access: MysqlAccess, env: Environment, isStart: boolean): Promise<ExporterPlan> {
  const { sections, doubts } = await sectionsOf(access, isStart);
  const logins = loginsOf(access, sections, env);
  if (logins.size === 0) {
    throw new Error(
      'nothing says who logs in: give --mysqld.username, or --config.my-cnf with a section [client] that has a user',
    );
  }
  const named = [...logins].map(([name, login], index) => ({ name, login, module: `login-${index}` }));
  const moduleOfName = new Map(named.map(({ name, module }) => [name, module]));
  const target = logins.get(CLIENT)?.target;
  const client = moduleOfName.get(CLIENT);
  return {
    modules: Object.fromEntries(named.map(({ login, module }) => [module, moduleFor(access, login)])),
    scrapes: target === undefined || client === undefined ? [] : [{ module: client, target, labels: [] }],
    doubts,
    moduleFor: (request) => chosenModule(request, moduleOfName),
  };
}

function loginsOf(access: MysqlAccess, sections: Sections, env: Environment): ReadonlyMap<string, MysqlLogin> {
  const { source, file, skipVerification } = access;
  const logins = new Map<string, MysqlLogin>();
  for (const [name, keys] of sections) {
    // Sections of servers and of other programs have no user.
    if ((keys.get('user') ?? '') === '') continue;
    try {
      const login = loginOf(keys, skipVerification);
      // A password that came from a variable is taken literally: variables in it are not expanded.
      const isGiven = login.password === access.password;
      logins.set(name, isGiven ? login : { ...login, password: withVariables(login.password, env) });
    } catch (error) {
      throw new Error(`${file}: [${name}]: ${messageOf(error)}`, { cause: error });
    }
  }
  if (source === '') return logins;
  return logins.set(CLIENT, readMysqlSource(source));
}

interface KnownSections {
  readonly sections: Sections;
  readonly doubts: readonly PlanDoubt[];
}

/** The sections. Where they are not read for the first time, a file that is missing is an error. */
async function sectionsOf({ file, host, port, user, password }: MysqlAccess, isStart: boolean): Promise<KnownSections> {
  const defaults = new Map([
    ['host', host],
    ['port', port],
    ['user', user],
    ['password', password],
  ]);
  const given = new Map([[CLIENT, defaults]]);
  try {
    const { sections, doubts } = await readMyCnf(file, given);
    return { sections, doubts: doubts.map((err) => ({ message: 'Passing over a line of --config.my-cnf', err })) };
  } catch (error) {
    // mysqld_exporter goes on with what the flags say.
    if (!isStart || !(error instanceof FileProblem) || user === '') throw error;
    return { sections: given, doubts: [{ message: 'Going on without --config.my-cnf', err: error.message }] };
  }
}

/** Throws HttpError, in mysqld_exporter's words. */
function chosenModule({ login = CLIENT, target }: NamedTarget, modules: ReadonlyMap<string, string>): string {
  const module = modules.get(login);
  if (module === undefined) throw new HttpError(400, `Could not find config section [${login}]`);
  try {
    splitHostPort(target);
  } catch {
    throw new HttpError(400, `Error forming dsn from config section [${login}]`);
  }
  return module;
}

function moduleFor(access: MysqlAccess, login: MysqlLogin): unknown {
  const { timeoutSeconds, collectors, collectorOptions, credentialsFor, hasSlowFilter } = access;
  const { target, username, password, tls, isTlsOptional = false, tlsConfig, isCleartextAllowed } = login;
  // These are the methods of mysqld_exporter's client.
  const methods = ['mysql_native_password', 'caching_sha2_password', 'client_ed25519', 'sha256_password'];
  return {
    prober: 'mysql',
    timeout: `${timeoutSeconds}s`,
    mysql: {
      username,
      ...(password !== '' && { password, credentials_for: [...patternsFor(target), ...credentialsFor] }),
      auth_methods: isCleartextAllowed ? [...methods, 'mysql_clear_password'] : methods,
      // mysqld_exporter's client requests the server's public key, too.
      get_server_public_key: true,
      log_slow_filter: hasSlowFilter,
      ...{ tls, tls_optional: isTlsOptional, tls_config: tlsConfig, collectors, collector_options: collectorOptions },
    },
  };
}

/** The address as a pattern of credentials_for. A malformed address gives none; every scrape reports it. */
function patternsFor(target: string | undefined): readonly string[] {
  if (target === undefined) return [];
  try {
    return [credentialPattern(readMysqlTarget(target))];
  } catch {
    return [];
  }
}
