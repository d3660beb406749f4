import { ConfigFileError } from '../../../config/config-problem.js';
import type { RawRemoteWrite } from '../../../config/remote-write/raw-remote-write.js';
import {
  type ReadRemoteWrite,
  readRemoteWriteFile,
  withDefaults,
} from '../../../config/remote-write/read-remote-write.js';
import type { ServiceLog } from '../../../log/service-log.js';
import type { RemoteMetadata } from '../../../metrics/protobuf/remote-sample.js';
import { ConfigError } from '../../../values/config-error.js';
import type { Platform } from '../../platform.js';
import type { BucketForm } from '../schedule/duration-counts.js';
import { type PostWrite, writePoster } from './post-write.js';
import type { WriteSource } from './remote-write-options.js';
import { WriteProtocol } from './write-protocol.js';

/** Where requests go, and by which rules. */
export interface Receiver {
  readonly post: PostWrite;
  readonly protocol: WriteProtocol;
  /** The fields of log lines about the receiver. */
  readonly fields: Readonly<Record<string, string>>;
}

/** The dependencies of receivers. */
export interface ReceiverDeps {
  readonly platform: Platform;
  readonly log: ServiceLog;
  readonly metadata: () => ReadonlyMap<string, RemoteMetadata>;
  /** The buckets that are sent, with which a file may have to agree. */
  readonly histograms: BucketForm;
}

/** A file that was read, and what sends by it. */
interface Loaded {
  readonly read: ReadRemoteWrite;
  readonly post: PostWrite;
}

/** Reads a file of remote write. Throws a ConfigFileError with everything that is wrong. */
async function load(path: string, { platform, histograms }: LoadDeps): Promise<Loaded> {
  const read = await readRemoteWriteFile(path, platform.env);
  try {
    assertHistograms(read.raw, histograms);
    return { read, post: writePoster(read.raw, platform) };
  } catch (error) {
    throw error instanceof ConfigError ? await read.explain(error) : error;
  }
}

interface LoadDeps {
  readonly platform: Platform;
  /** Undefined where it is not known. */
  readonly histograms: BucketForm | undefined;
}

function assertHistograms({ send_native_histograms: wanted }: RawRemoteWrite, form: BucketForm | undefined): void {
  if (wanted === undefined || form === undefined || wanted === (form !== 'classic')) return;
  const message = wanted
    ? 'it contradicts --remote-write.histograms=classic; leave one of them out'
    : `it contradicts --remote-write.histograms=${form}; add --remote-write.histograms=classic, or leave it out`;
  throw new ConfigError(message, ['send_native_histograms']);
}

/** Resolves to the mistakes in a file of remote write, one a line. */
export async function checkRemoteWriteFile(
  path: string,
  platform: Platform,
  histograms?: BucketForm,
): Promise<readonly string[]> {
  try {
    await load(path, { platform, histograms });
    return [];
  } catch (error) {
    if (error instanceof ConfigFileError) return error.problems;
    throw error;
  }
}

/** The receiver of remote write, which may become another one when its file is read again. */
export class WriteReceiver {
  readonly #source: WriteSource;
  readonly #deps: ReceiverDeps;
  #loaded: Loaded | undefined;
  #current: Receiver;
  #isSuccessful = true;
  /** Reloads follow one another. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(source: WriteSource, deps: ReceiverDeps, first: { raw: RawRemoteWrite; post: PostWrite }) {
    this.#source = source;
    this.#deps = deps;
    this.#current = receiverOf(first.raw, first.post, deps);
  }

  /** Throws a ConfigFileError if its file cannot be used. */
  static async open(source: WriteSource, deps: ReceiverDeps): Promise<WriteReceiver> {
    const { platform, histograms } = deps;
    if (source.kind === 'flags') {
      const raw = withDefaults(source.given);
      return new WriteReceiver(source, deps, { raw, post: writePoster(raw, platform) });
    }
    const loaded = await load(source.path, { platform, histograms });
    const receiver = new WriteReceiver(source, deps, { raw: loaded.read.raw, post: loaded.post });
    receiver.#loaded = loaded;
    return receiver;
  }

  readonly current = (): Receiver => this.#current;

  /** Whether the file could be used the last time; undefined where there is none. */
  get lastReloadSuccessful(): boolean | undefined {
    return this.#source.kind === 'file' ? this.#isSuccessful : undefined;
  }

  /**
   * Reads the file again, if there is one; all of it comes into force, or nothing. Resolves to what is wrong with it,
   * and to whether there is another receiver now.
   */
  reload(): Promise<{ readonly problem?: string; readonly isChanged: boolean }> {
    const reloaded = this.#last.then(() => this.#reload());
    this.#last = reloaded.catch(() => undefined);
    return reloaded;
  }

  async #reload(): Promise<{ readonly problem?: string; readonly isChanged: boolean }> {
    if (this.#source.kind === 'flags') return { isChanged: false };
    const { platform, log, histograms } = this.#deps;
    const { path } = this.#source;
    try {
      const isSame = (await this.#loaded?.read.isSame()) ?? false;
      if (!isSame) {
        const loaded = await load(path, { platform, histograms });
        this.#loaded = loaded;
        this.#current = receiverOf(loaded.read.raw, loaded.post, this.#deps);
        log.info('Reloaded the file of remote write', { file: path });
      }
      this.#isSuccessful = true;
      return { isChanged: !isSame };
    } catch (error) {
      this.#isSuccessful = false;
      if (!(error instanceof ConfigFileError)) throw error;
      log.error('Error reloading the file of remote write, going on with the last one', {
        file: path,
        err: error.message,
      });
      return { isChanged: false, problem: error.message };
    }
  }
}

function receiverOf(raw: RawRemoteWrite, post: PostWrite, { platform, log, metadata }: ReceiverDeps): Receiver {
  const preferred = raw.protobuf_message === 'prometheus.WriteRequest' ? '1.0' : '2.0';
  return {
    post,
    protocol: new WriteProtocol({ preferred, clock: platform.clock, log, metadata }),
    fields: raw.name === '' ? {} : { remote_name: raw.name },
  };
}
