import { readTextFile } from '../../../files/file-text.js';
import { HttpError } from '../../../http/answers/http-reply.js';
import { joinHostPort } from '../../../net/host-port.js';
import { readPostgresTarget } from '../../../probers/postgres/postgres-target.js';
import type { ExporterPlan } from '../server-exporter.js';
import { readAuthModules } from './auth-modules.js';
import { type DataSource, dataSourceOf, readDataSource } from './data-source.js';

/** The servers to ask and the logins, as the environment or the command line gives them. */
export interface PostgresAccess {
  /** A connection string; "" if there is none. It takes precedence over the parts. */
  readonly name: string;
  readonly uri: TextOrFile;
  readonly user: TextOrFile;
  readonly password: TextOrFile;
  /** Path of the file with the logins for `/probe`; "" if there is none. */
  readonly configFile: string;
  /** Patterns of targets of `/probe` that may have the passwords of that file. */
  readonly credentialsFor: readonly string[];
  readonly timeoutSeconds: number;
  /** The options of the module that choose what is queried. */
  readonly asked: Readonly<Record<string, unknown>>;
}

/** A text, or the path of the file with the text; the file takes precedence. */
export interface TextOrFile {
  readonly text: string;
  readonly file: string;
}

/** The module of the server that the environment names. */
const MAIN = 'main';
/** The module of servers that a request names without a login. */
const OTHERS = 'others';
const LARGEST_FILE_BYTES = 64 * 1024;

/**
 * Plans the servers to ask. Rejects with a FileProblem, a UsageError, or an Error that says what is wrong in a file.
 */
export async function planPostgres(access: PostgresAccess): Promise<ExporterPlan> {
  const { configFile, credentialsFor } = access;
  const main = await mainSource(access);
  const logins = configFile === '' ? new Map<string, DataSource>() : await readAuthModules(configFile);
  const named = [...logins].map(([name, source], index) => ({ name, source, module: `login-${index}` }));
  const moduleOfName = new Map(named.map(({ name, module }) => [name, module]));
  return {
    modules: {
      ...(main !== undefined && { [MAIN]: moduleFor(access, main, patternsFor(main.target)) }),
      [OTHERS]: moduleFor(access, dataSourceOf(new Map()), []),
      ...Object.fromEntries(named.map(({ source, module }) => [module, moduleFor(access, source, credentialsFor)])),
    },
    scrapes: main === undefined ? [] : [{ module: MAIN, target: main.target, labels: [] }],
    moduleFor: ({ login }) => {
      const module = login === undefined ? OTHERS : moduleOfName.get(login);
      if (module === undefined) throw new HttpError(400, `auth_module ${login ?? ''} not found`);
      return module;
    },
  };
}

/** The data source, composed as postgres_exporter does. Undefined if there is none: then only requests name servers. */
async function mainSource({ name, uri, user, password }: PostgresAccess): Promise<DataSource | undefined> {
  if (name !== '') return readDataSource(name);
  const address = await textOf(uri);
  if (address === '') return undefined;
  const [who, secret] = [await textOf(user), await textOf(password)];
  const login = `${encodeURIComponent(who)}:${encodeURIComponent(secret)}@`;
  return readDataSource(`postgresql://${login}${address}`);
}

async function textOf({ text, file }: TextOrFile): Promise<string> {
  if (file === '') return text;
  return (await readTextFile(file, LARGEST_FILE_BYTES)).trim();
}

function moduleFor(
  { timeoutSeconds, asked }: PostgresAccess,
  { username, password, tls, tlsConfig }: DataSource,
  mayHave: readonly string[],
): unknown {
  return {
    prober: 'postgres',
    timeout: `${timeoutSeconds}s`,
    postgres: {
      username,
      // libpq's default, where neither string nor target names one.
      database: username,
      ...(password !== '' && { password, credentials_for: mayHave }),
      ...{ tls, tls_config: tlsConfig },
      ...asked,
    },
  };
}

/** The address as a pattern of credentials_for. A malformed address gives none; every scrape reports it. */
function patternsFor(target: string): readonly string[] {
  try {
    const { server } = readPostgresTarget(target);
    return [server.kind === 'unix' ? server.path : joinHostPort(server.host, server.port)];
  } catch {
    return [];
  }
}
