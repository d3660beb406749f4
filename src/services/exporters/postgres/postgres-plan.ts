import { readTextFile } from '../../../files/file-text.js';
import { UsageError } from '../../../flags/flag-definition.js';
import { HttpError } from '../../../http/answers/http-reply.js';
import { gauge } from '../../../metrics/metric-definition.js';
import type { Label, MetricFamily } from '../../../metrics/metric-family.js';
import { MetricSet } from '../../../metrics/metric-set.js';
import { readPostgresTarget, serverLabel } from '../../../probers/postgres/postgres-target.js';
import { credentialPattern } from '../../../probers/server-client/credential-targets.js';
import { messageOf } from '../../../values/as-error.js';
import { moduleTimeout } from '../module-timeout.js';
import { type ExporterPlan, type PlanDoubt, UnusablePlan } from '../server-exporter.js';
import { readAuthModules } from './auth-modules.js';
import { type DataSource, dataSourceOf, readDataSource } from './data-source.js';
import { type Environment, libpqVariables } from './libpq-variables.js';
import { checkLabels } from './postgres-labels.js';
import { readQueriesFile, UnusableQueries } from './queries-file.js';

const queriesError = gauge(
  'pg_exporter_user_queries_load_error',
  'Whether the user queries file was loaded and parsed successfully (1 for error, 0 for success).',
  ['filename', 'hashsum'],
);

/** The servers to ask and the logins, as the environment or the command line gives them. */
export interface PostgresAccess {
  /** Connection strings, with commas between; "" if there is none. They take precedence over the parts. */
  readonly name: string;
  readonly uri: TextOrFile;
  readonly user: TextOrFile;
  readonly password: TextOrFile;
  /** Path of the file with the logins for `/probe`; "" if there is none. */
  readonly configFile: string;
  /** Path of the file with custom queries; "" if there is none. */
  readonly queriesFile: string;
  /** The labels of all that belongs to no collector. */
  readonly constant: readonly Label[];
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

/** Data sources of one telemetry path. */
const MOST_SOURCES = 100;
/** The module of servers that a request names without a login. */
const OTHERS = 'others';
const LARGEST_FILE_BYTES = 64 * 1024;

/** When a plan is made. */
export interface PlanMoment {
  readonly env: Environment;
  /** Whether there is no plan before it: then it goes on without the files of logins and of queries, as upstream. */
  readonly isStart: boolean;
}

/**
 * Plans the servers to ask. Rejects with a FileProblem, a UsageError, or an Error that says what is wrong in a file.
 */
export async function planPostgres(access: PostgresAccess, { env, isStart }: PlanMoment): Promise<ExporterPlan> {
  const { configFile, credentialsFor } = access;
  const given = libpqVariables(env);
  const sources = await dataSources(access, given);
  const custom = await customQueries(access, isStart);
  const plannedOf = (source: DataSource, mayHave: readonly string[], more = {}): unknown =>
    moduleFor({ ...access, asked: { ...access.asked, ...more, queries: custom.queries } }, source, mayHave);
  const mains = sources.map((source, at) => ({
    ...{ module: `main-${at}`, target: source.target, labels: [] },
    planned: plannedOf(source, patternsFor(source.target), shareOf(at, sources, access.asked)),
  }));
  const { logins, hasConfig, doubts } = await readLogins(configFile, given, isStart);
  const named = [...logins].map(([name, source], index) => ({ name, source, module: `login-${index}` }));
  return {
    modules: {
      ...Object.fromEntries(mains.map(({ module, planned }) => [module, planned])),
      [OTHERS]: plannedOf(dataSourceOf(given), credentialsFor),
      ...Object.fromEntries(named.map(({ source, module }) => [module, plannedOf(source, credentialsFor)])),
    },
    scrapes: mains,
    hasConfig,
    ...{ about: custom.about, doubts: [...custom.doubts, ...doubts] },
    labelled: Object.keys(custom.queries).map((name) => `${name}_`),
    moduleFor: chooserOf(new Map(named.map(({ name, module }) => [name, module]))),
  };
}

/** Which module a request asks for, by the names of the logins. */
function chooserOf(moduleOfName: ReadonlyMap<string, string>): ExporterPlan['moduleFor'] {
  return ({ login }) => {
    const module = login === undefined ? OTHERS : moduleOfName.get(login);
    if (module === undefined) throw new HttpError(400, `auth_module ${login ?? ''} not found`);
    return module;
  };
}

interface Logins {
  readonly logins: ReadonlyMap<string, DataSource>;
  readonly hasConfig: boolean;
  readonly doubts: readonly PlanDoubt[];
}

/** The logins of requests. */
async function readLogins(path: string, given: ReadonlyMap<string, string>, isStart: boolean): Promise<Logins> {
  if (path === '') return { logins: new Map(), hasConfig: false, doubts: [] };
  try {
    return { logins: await readAuthModules(path, given), hasConfig: true, doubts: [] };
  } catch (error) {
    if (!isStart) throw error;
    const doubts = [{ message: 'Going on without --config.file', err: messageOf(error) }];
    return { logins: new Map(), hasConfig: false, doubts };
  }
}

/** The custom queries, and what there is to say of their file. */
async function customQueries(
  { queriesFile: path, constant }: PostgresAccess,
  isStart: boolean,
): Promise<{
  readonly queries: Readonly<Record<string, unknown>>;
  readonly about: readonly MetricFamily[];
  readonly doubts: readonly PlanDoubt[];
}> {
  if (path === '') return { queries: {}, about: [], doubts: [] };
  try {
    const { queries, doubts, hash, labels } = await readQueriesFile(path);
    checkLabels(labels, constant);
    return { queries, doubts: doubts.map(odd), about: aboutQueries(path, hash, 0) };
  } catch (error) {
    // postgres_exporter tells of the file that it could not use, and goes on with the queries of the one before.
    if (!(error instanceof UnusableQueries)) throw error;
    const about = aboutQueries(path, error.hash, 1);
    if (!isStart) throw new UnusablePlan(error, about);
    const doubts = [{ message: 'Going on without --extend.query-path', err: error.message }];
    return { queries: {}, doubts, about };
  }
}

function odd(err: string): PlanDoubt {
  return { message: 'Passing over a key without a meaning', err };
}

function aboutQueries(filename: string, hashsum: string, isUnusable: 0 | 1): readonly MetricFamily[] {
  const metrics = new MetricSet();
  metrics.setWith(queriesError, { filename, hashsum }, isUnusable);
  return metrics.families();
}

/**
 * What a data source is asked for besides its custom queries: the first one everything; others nothing that belongs to
 * a collector, since these metrics do not name the server; and further databases of one server nothing more.
 */
function shareOf(
  at: number,
  sources: readonly DataSource[],
  { collectors }: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (at === 0) return {};
  const none = Object.fromEntries(Object.keys(collectors as object).map((name) => [name, false]));
  const server = serverOf(sources[at]);
  const isKnown = sources.slice(0, at).some((source) => serverOf(source) === server);
  return { collectors: none, ...(isKnown && { default_metrics: false, settings_metrics: false }) };
}

/** The label `server` of a data source; undefined for a malformed address, which every scrape reports. */
function serverOf(source: DataSource | undefined): string | undefined {
  try {
    return source && serverLabel(readPostgresTarget(source.target).server);
  } catch {
    return undefined;
  }
}

/** The data sources, composed as postgres_exporter does. If there are none, only requests name servers. */
async function dataSources(
  { name, uri, user, password }: PostgresAccess,
  given: ReadonlyMap<string, string>,
): Promise<readonly DataSource[]> {
  if (name !== '') {
    const sources = name.split(',');
    if (sources.length > MOST_SOURCES) throw new UsageError(`there may be ${MOST_SOURCES} data sources at most`);
    return sources.map((text) => readDataSource(text, given));
  }
  const address = await textOf(uri);
  if (address === '') return [];
  const [who, secret] = [await textOf(user), await textOf(password)];
  const login = `${encodeURIComponent(who)}:${encodeURIComponent(secret)}@`;
  return [readDataSource(`postgresql://${login}${address}`, given)];
}

async function textOf({ text, file }: TextOrFile): Promise<string> {
  if (file === '') return text;
  return (await readTextFile(file, LARGEST_FILE_BYTES)).trim();
}

function moduleFor(
  { timeoutSeconds, asked }: PostgresAccess,
  { username, database, password, tls, tlsConfig }: DataSource,
  mayHave: readonly string[],
): unknown {
  return {
    prober: 'postgres',
    timeout: moduleTimeout(timeoutSeconds),
    postgres: {
      // The database where the target names none.
      ...{ username, database },
      ...(password !== '' && { password, credentials_for: mayHave }),
      ...{ tls, tls_config: tlsConfig },
      ...asked,
    },
  };
}

/** The address as a pattern of credentials_for. A malformed address gives none; every scrape reports it. */
function patternsFor(target: string): readonly string[] {
  try {
    return [credentialPattern(readPostgresTarget(target).server)];
  } catch {
    return [];
  }
}
