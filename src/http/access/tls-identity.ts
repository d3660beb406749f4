import { createSecureContext } from 'node:tls';
import type { PemSource, TlsServerConfig } from '../../config/web-config.js';
import { LARGEST_PEM_BYTES, WatchedFile } from '../../files/watched-file.js';
import { type KeyPair, readKeyPair } from '../../net/tls/key-pair.js';
import { type TrustStore, trustStoreSteps } from '../../net/tls/trust-store.js';
import { asError } from '../../values/as-error.js';
import type { Clock } from '../../values/clock.js';
import { inSlices } from '../../values/in-slices.js';

/**
 * The certificate that the service presents, and the roots that verify client certificates. It stays the same object
 * until one of them changes.
 */
export interface TlsIdentity {
  readonly config: TlsServerConfig;
  readonly pair: KeyPair;
  /** Undefined where client certificates are not verified. */
  readonly clientTrust: TrustStore | undefined;
}

/** A certificate or key that cannot be used; `key` is the key of `tls_server_config` that names it. */
export class PemError extends Error {
  override readonly name = 'PemError';
  readonly key: PemSource['key'];

  constructor(key: PemSource['key'], message: string) {
    super(message);
    this.key = key;
  }
}

/** Dependencies of loading certificates, and the callback for certificates that cannot be used. */
export interface TlsIdentitiesOptions {
  readonly clock: Clock;
  readonly systemRoots: () => Promise<TrustStore>;
  /** Called when a changed certificate and key do not match. The last ones remain in use. */
  readonly onUnfitPair: (error: PemError) => void;
}

/** A changed file is seen after this time at the latest. */
const CHECK_SECONDS = 1;

/** Reads the files of `tls_server_config`, and reads them again when they have changed. */
export class TlsIdentities {
  readonly #options: TlsIdentitiesOptions;
  readonly #files = new Map<string, WatchedFile>();
  #last: TlsIdentity | undefined;
  /** What was read last, and what became of it; a text says why it is no pair. */
  #lastPair: { readonly texts: KeyPair; readonly pair: KeyPair | string } | undefined;
  #lastTrust: { readonly text: string; readonly trust: TrustStore } | undefined;

  constructor(options: TlsIdentitiesOptions) {
    this.#options = options;
  }

  /** Rejects with a PemError where there is nothing that can be used. */
  async load(config: TlsServerConfig): Promise<TlsIdentity> {
    this.#forgetOthers(config);
    const pair = await this.#pair(config);
    const clientTrust = await this.#clientTrust(config);
    const last = this.#last;
    if (last?.config === config && last.pair === pair && last.clientTrust === clientTrust) return last;
    this.#last = { config, pair, clientTrust };
    return this.#last;
  }

  /** Reads everything at the start: what is wrong with each file, or else with all of them together. */
  async problems(config: TlsServerConfig): Promise<readonly PemError[]> {
    const { cert, key, clientCa } = config;
    const files = [cert, key, ...(clientCa === undefined ? [] : [clientCa])];
    const found = await Promise.all(files.map((source) => pemErrorOf(this.#read(source))));
    const unreadable = found.filter((error) => error !== undefined);
    if (unreadable.length > 0) return unreadable;
    const error = await pemErrorOf(this.load(config));
    return error === undefined ? [] : [error];
  }

  /**
   * Certificate and key are two files, which nobody changes at one moment: while they do not fit each other, the last
   * ones that did are used. A wrong pair is never used, and without an older one from the same places there is none.
   */
  async #pair({ cert, key }: TlsServerConfig): Promise<KeyPair> {
    const last = this.#last;
    try {
      const texts = { cert: await this.#read(cert), key: await this.#read(key) };
      const pair = this.#pairOf(texts);
      if (typeof pair === 'string') throw new PemError(cert.key, `failed to load X509KeyPair: ${pair}`);
      return pair;
    } catch (error) {
      if (!(error instanceof PemError) || last === undefined) throw error;
      if (!isSameFile(last.config.cert, cert) || !isSameFile(last.config.key, key)) throw error;
      this.#options.onUnfitPair(error);
      return last.pair;
    }
  }

  /** Texts that did not change are not read again, since each handshake asks for the pair. */
  #pairOf(texts: KeyPair): KeyPair | string {
    const known = this.#lastPair;
    if (known?.texts.cert === texts.cert && known.texts.key === texts.key) return known.pair;
    const pair = usablePair(texts);
    this.#lastPair = { texts, pair };
    return pair;
  }

  async #clientTrust({ clientAuth, clientCa }: TlsServerConfig): Promise<TrustStore | undefined> {
    const text = clientCa && (await this.#read(clientCa));
    if (clientAuth !== 'verify-if-given' && clientAuth !== 'require-and-verify') return undefined;
    if (clientCa === undefined || text === undefined) return this.#options.systemRoots();
    if (this.#lastTrust?.text === text) return this.#lastTrust.trust;
    const trust = await inSlices(trustStoreSteps(text));
    if (trust === undefined) throw new PemError(clientCa.key, 'there is no certificate (PEM) in it');
    this.#lastTrust = { text, trust };
    return trust;
  }

  async #read(source: PemSource): Promise<string> {
    if (source.kind === 'inline') return source.text.reveal();
    const { path, key } = source;
    let file = this.#files.get(path);
    if (file === undefined) {
      const { clock } = this.#options;
      file = new WatchedFile(path, { clock, checkSeconds: CHECK_SECONDS, largestBytes: LARGEST_PEM_BYTES });
      this.#files.set(path, file);
    }
    const content = await file.fresh();
    if (content.readable) return content.text;
    throw new PemError(key, `failed to read ${key} (${path}): ${content.problem}`);
  }

  #forgetOthers({ cert, key, clientCa }: TlsServerConfig): void {
    const named = new Set([cert, key, clientCa].map((source) => (source?.kind === 'file' ? source.path : '')));
    for (const path of this.#files.keys()) if (!named.has(path)) this.#files.delete(path);
  }
}

/** Go sends issuers that it cannot read, too; OpenSSL would refuse every handshake. */
function usablePair(texts: KeyPair): KeyPair | string {
  const pair = readKeyPair(texts);
  if (typeof pair === 'string') return pair;
  try {
    // Which keys are too short depends on the versions of the configuration.
    createSecureContext({ ...pair, ciphers: 'DEFAULT@SECLEVEL=0' });
    return pair;
  } catch (error) {
    return `tls: OpenSSL cannot use it: ${asError(error).message}`;
  }
}

async function pemErrorOf(work: Promise<unknown>): Promise<PemError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof PemError) return error;
    throw error;
  }
}

function isSameFile(one: PemSource, other: PemSource): boolean {
  return one.kind === 'file' && other.kind === 'file' && one.path === other.path;
}
