import { readRegularFile } from '../../../files/regular-file.js';
import { HttpError } from '../../../http/answers/http-reply.js';
import { joinHostPort } from '../../../net/host-port.js';
import { readPostgresTarget } from '../../../probers/postgres/postgres-target.js';
import type { ExporterPlan } from '../server-exporter.js';
import { readAuthModules } from './auth-modules.js';
import { type DataSource, dataSourceOf, readDataSource } from './data-source.js';

/** How the environment, or the command line, says that servers are to be asked. */
export interface PostgresAccess {
  /** A connection string; "" if there is none. It comes before the parts. */
  readonly name: string;
  readonly uri: TextOrFile;
  readonly user: TextOrFile;
  readonly password: TextOrFile;
  /** Path of the file with the logins for `/probe`; "" if there is none. */
  readonly configFile: string;
  /** Patterns of targets of `/probe` that may have the passwords of that file. */
  readonly credentialsFor: readonly string[];
  readonly timeoutSeconds: number;
  /** What is asked, as the options of a module have it. */
  readonly asked: Readonly<Record<string, unknown>>;
}

/** A text, or the path of the file that it stands in; the file comes first. */
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
 * The servers to ask, and how. Rejects with a FileProblem, a UsageError, or an Error that says what is wrong in a file.
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

/** As postgres_exporter puts it together; undefined without a data source: only requests name servers then. */
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
  return (await readRegularFile(file, LARGEST_FILE_BYTES)).bytes.toString('utf8').trim();
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
      // As libpq has it, where neither string nor target names one.
      database: username,
      ...(password !== '' && { password, credentials_for: mayHave }),
      ...{ tls, tls_config: tlsConfig },
      ...asked,
    },
  };
}

/** The address as a pattern of credentials_for; none for an address that makes no sense, which every scrape says. */
function patternsFor(target: string): readonly string[] {
  try {
    const { server } = readPostgresTarget(target);
    return [server.kind === 'unix' ? server.path : joinHostPort(server.host, server.port)];
  } catch {
    return [];
  }
}
