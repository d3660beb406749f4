import { createConnection, isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls';
import type * as Ioredis from 'ioredis';
import { readRegularFile } from '../../files/regular-file.js';
import { messageOf } from '../../values/as-error.js';
import { MASK } from '../../values/secret.js';
import { guarded } from './guarded-socket.js';
import { REPLY_CHECKS } from './reply-checks.js';
import { StoreProblem } from './shared-store.js';
import type { StoreUrl } from './store-url.js';

/** Files in PEM for TLS, read at every connect; "" for none. */
export interface StoreTlsFiles {
  /** The certificates of authorities; those of Node.js without it. */
  readonly ca: string;
  /** The certificate and key that the server may ask for. */
  readonly cert: string;
  readonly key: string;
}

/** The address of Redis, and the user that logs in. */
export interface RedisLinkOptions {
  readonly url: StoreUrl;
  /** Read at every connect, so that passwords may change; "" for none. */
  readonly passwordFile: string;
  readonly tls: StoreTlsFiles;
}

const CONNECT_MS = 3000;
/** How long a reply may take, in milliseconds; for each megabyte that is sent, it may take a second longer. */
const ANSWER_MS = 5000;
const BYTES_A_MS = 1024;
/** Characters of what the server says of an error. */
const MOST_SHOWN = 500;
const LARGEST_FILE_BYTES = 1024 * 1024;
const CLOSED = /^(?:Connection is closed\.|Stream isn't writeable and enableOfflineQueue.*)$/;

type Client = Ioredis.Redis | Ioredis.Cluster;
type Argument = string | Buffer | number;

/**
 * Commands on one connection to Redis, or on a cluster. It is made when something is first asked, and made again, by
 * whoever asks next, after it was lost. Nothing is asked a second time by itself.
 */
export class RedisLink {
  readonly #options: RedisLinkOptions;
  #client: Client | undefined;
  #connecting: Promise<Client> | undefined;
  /** The password of the last login. Errors of the server may repeat it: Redis does where AUTH does not exist. */
  #password = '';
  /** The error that broke a connection. The library rejects pending commands only with "closed". */
  readonly #broken = new WeakMap<Client, Error>();
  #isClosed = false;

  constructor(options: RedisLinkOptions) {
    this.#options = options;
  }

  /** Asks one thing; texts of the answer are Buffers. Rejects with StoreProblem. */
  async ask(command: string, args: readonly Argument[]): Promise<unknown> {
    return this.#askOn(await this.#connected(), command, args);
  }

  /**
   * Resolves to how many replicas have all that was written before, as Redis' WAIT counts them within so many
   * milliseconds. WAIT knows of the writes of its own connection only, so one is made.
   */
  async wait(write: readonly [string, ...Argument[]], replicas: number, milliseconds: number): Promise<unknown> {
    const client = await this.#connected();
    const [command, ...args] = write;
    await this.#askOn(client, command, args);
    return this.#askOn(client, 'WAIT', [replicas, milliseconds]);
  }

  async #askOn(client: Client, command: string, args: readonly Argument[]): Promise<unknown> {
    const bytes = args.reduce<number>((sum, arg) => sum + (typeof arg === 'number' ? 8 : arg.length), 0);
    try {
      return await withDeadline(client.callBuffer(command, ...args), ANSWER_MS + bytes / BYTES_A_MS);
    } catch (error) {
      if (isReply(error)) throw new StoreProblem(`Redis at ${this.#where()} answers ${this.#said(error)}`);
      const why = this.#broken.get(client) ?? error;
      this.#drop(client);
      throw new StoreProblem(`Redis at ${this.#where()} did not answer: ${this.#said(why)}`, { isDoubtful: true });
    }
  }

  close(): void {
    this.#isClosed = true;
    if (this.#client !== undefined) this.#drop(this.#client);
  }

  async #connected(): Promise<Client> {
    if (this.#isClosed) throw new StoreProblem('the service is stopping');
    if (this.#client !== undefined) return this.#client;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(): Promise<Client> {
    let client: Client | undefined;
    try {
      const password = await readPassword(this.#options);
      this.#password = password ?? '';
      client = await openClient(this.#options, password);
      const opened = client;
      await withDeadline(ready(opened), 2 * CONNECT_MS);
      opened.on('end', () => {
        this.#drop(opened);
      });
      for (const event of ['error', 'node error']) {
        opened.on(event, (error: Error) => this.#broken.set(opened, error));
      }
      this.#client = opened;
      return opened;
    } catch (error) {
      if (client !== undefined) this.#drop(client);
      throw new StoreProblem(`Redis at ${this.#where()} cannot be reached: ${this.#said(error)}`);
    }
  }

  #drop(client: Client): void {
    if (this.#client === client) this.#client = undefined;
    client.disconnect();
  }

  /** Returns the server's error without secrets: clients, the log and pages show it. */
  #said(error: unknown): string {
    // Redis repeats the arguments of a command that it does not know: of a long password the first part.
    const plain = messageOf(error).replace(CLOSED, 'the connection was closed');
    const text = plain.replace(/,? with args beginning with[^]*/, '');
    const shown = this.#password === '' ? text : text.replaceAll(this.#password, MASK);
    return shown.length > MOST_SHOWN ? `${shown.slice(0, MOST_SHOWN)}…` : shown;
  }

  #where(): string {
    return this.#options.url.nodes
      .map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`))
      .join(',');
  }
}

/** An error that the server answered with, which the library gives the name ReplyError. */
function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

async function readPassword({ url, passwordFile }: RedisLinkOptions): Promise<string | undefined> {
  return passwordFile === '' ? url.password : (await readText(passwordFile)).trimEnd();
}

async function openClient({ url, tls: files }: RedisLinkOptions, password: string | undefined): Promise<Client> {
  const { Redis, Cluster, AbstractConnector, Command } = await library();
  // What the library asks for itself; it believes every word of it.
  for (const [name, check] of Object.entries(REPLY_CHECKS)) Command.setReplyTransformer(name, check);
  const tls = url.isTls ? await readTls(files) : undefined;
  const options = {
    ...clientOptions(url, password),
    Connector: guardedConnector(AbstractConnector, tls),
    ...(tls !== undefined && { tls }),
  };
  if (url.isCluster) return new Cluster([...url.nodes], { ...CLUSTER_OPTIONS, redisOptions: options });
  const [node] = url.nodes;
  return new Redis({ ...options, ...node, db: url.database, retryStrategy: () => null, enableOfflineQueue: false });
}

/** Reads the files of TLS for the sockets. Throws an Error for a file without certificate or key. */
async function readTls(files: StoreTlsFiles): Promise<{ readonly secureContext: SecureContext }> {
  const given = Object.entries<string>({ ...files }).filter(([, file]) => file !== '');
  const texts = await Promise.all(given.map(async ([what, file]) => [what, await readText(file)] as const));
  try {
    return { secureContext: createSecureContext(Object.fromEntries(texts)) };
  } catch (error) {
    const names = given.map(([what]) => `--push.store-${what}-file`).join(' and ');
    throw new Error(`${names} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

/** Loaded by those only who have such a store. Of a CommonJS module a bundle has the exports as a whole. */
async function library(): Promise<typeof Ioredis> {
  const loaded = await import('ioredis');
  return loaded.default as unknown as typeof Ioredis;
}

/** Opens sockets whose bytes are looked at before the library gets them. `tls` is undefined without TLS. */
function guardedConnector(
  base: typeof Ioredis.AbstractConnector,
  tls: { readonly secureContext: SecureContext } | undefined,
) {
  return class extends base {
    readonly #address: { readonly host: string; readonly port: number };

    constructor(options: unknown) {
      super(CONNECT_MS);
      const { host = '', port = 0 } = options as Ioredis.RedisOptions;
      this.#address = { host, port };
    }

    connect(): Promise<Socket> {
      this.connecting = true;
      const address = this.#address;
      const secure = { ...(isIP(address.host) === 0 && { servername: address.host }), ...tls, ...address };
      const socket = tls === undefined ? createConnection(address) : connectTls(secure);
      socket.once('error', (error: Error) => (this.firstError = error));
      this.stream = socket;
      return Promise.resolve(guarded(socket));
    }
  };
}

/** Everything that the library would do by itself is switched off: who asked decides what is done. */
function clientOptions({ user }: StoreUrl, password: string | undefined) {
  return {
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    // The guard knows RESP2.
    protocol: 2 as const,
    connectTimeout: CONNECT_MS,
    keepAlive: 10_000,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: 1,
    enableReadyCheck: true,
    connectionName: 'sonde-pushgateway',
    disableClientInfo: true,
    reconnectOnError: null,
  };
}

/** A node that is gone is asked again by whoever asks next. */
const CLUSTER_OPTIONS = {
  clusterRetryStrategy: () => null,
  enableOfflineQueue: false,
  // A cluster that is down says so to whoever asks something; asking for its state needs a right more.
  enableReadyCheck: false,
  slotsRefreshTimeout: CONNECT_MS,
  retryDelayOnFailover: 0,
  maxRedirections: 4,
  scaleReads: 'master',
  // A certificate is for the name, which the library would put an address in the place of.
  dnsLookup: (host: string, done: (error: null, found: string) => void) => {
    done(null, host);
  },
} as const;

/** Rejects with the first error: the library goes on after some, such as a database that there is not. */
function ready(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('ready', resolve);
    client.on('error', (error: Error & { readonly lastNodeError?: Error | null }) => {
      // The last error of a node of a cluster tells more than that all nodes have failed.
      reject(error.lastNodeError ?? error);
    });
    client.once('end', () => {
      reject(new Error('the connection was closed'));
    });
  });
}

async function readText(file: string): Promise<string> {
  return (await readRegularFile(file, LARGEST_FILE_BYTES)).bytes.toString();
}

/** The library leaves a promise open where the server leaves the answer open. */
async function withDeadline<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${(milliseconds / 1000).toFixed(1)} s`));
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
