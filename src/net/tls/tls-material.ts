import type { SecureContext } from 'node:tls';
import { LARGEST_PEM_BYTES, WatchedFile } from '../../files/watched-file.js';
import { ProbeFailure } from '../../probe/failure.js';
import { trimSpace } from '../../values/go/trim-space.js';
import { inSlices } from '../../values/in-slices.js';
import type { RawTlsConfig } from '../../values/raw-config.js';
import { readKeyPair } from './key-pair.js';
import { type ClientCertificate, createContext, type TlsPlatform, type TlsVersions } from './tls-platform.js';
import { type TrustStore, trustStoreSteps } from './trust-store.js';

/** All that a handshake needs of a module's files. */
export interface TlsMaterial {
  readonly context: SecureContext;
  readonly trust: TrustStore;
}

/** PEM that a module gives: in the configuration itself, in a file, or as a reference that nobody can resolve. */
type PemSource =
  | { readonly kind: 'inline'; readonly text: string }
  | { readonly kind: 'file'; readonly path: string; readonly file: WatchedFile }
  | { readonly kind: 'ref' };

/** A changed file is seen after this time at the latest. */
const CHECK_SECONDS = 1;

/**
 * The secure context of a module, made when it is first needed and again when one of its files has changed; no promise
 * where it is there and its files need no look. Rejects with a ProbeFailure of phase `setup` whose message is
 * upstream's error text.
 */
export function compileTlsMaterial(
  raw: RawTlsConfig,
  versions: TlsVersions,
  platform: TlsPlatform,
): () => TlsMaterial | Promise<TlsMaterial> {
  const ca = sourceOf(raw.ca, raw.ca_file, raw.ca_ref, platform);
  const cert = sourceOf(raw.cert, raw.cert_file, raw.cert_ref, platform);
  const key = sourceOf(raw.key, raw.key_file, raw.key_ref, platform);
  const sources = [ca, cert, key];
  let last: { readonly texts: readonly (string | undefined)[]; readonly material: TlsMaterial } | undefined;

  const make = async (): Promise<TlsMaterial> => {
    const texts = [
      await read(ca, 'CA cert', 'CA cert'),
      await read(cert, 'client cert', 'specified client cert'),
      await read(key, 'client key', 'specified client key'),
    ] as const;
    if (last?.texts.every((text, index) => text === texts[index]) === true) return last.material;
    const [caText, certText, keyText] = texts;
    const trust = caText === undefined ? await platform.systemRoots() : await trustIn(pemOf(caText, ca), ca);
    const isWhole = certText !== undefined && keyText !== undefined;
    const client = isWhole ? readKeyPair({ cert: pemOf(certText, cert), key: pemOf(keyText, key) }) : undefined;
    if (typeof client === 'string') throw unfitPair(cert, key, client);
    const context = client === undefined ? platform.plainContext(versions) : makeContext({ versions, client });
    last = { texts, material: { context, trust } };
    return last.material;
  };
  return () => (last?.texts.every((text, index) => isStill(text, sources[index])) === true ? last.material : make());
}

/** Whether `text` is still the content of `source`, as far as can be known without waiting. */
function isStill(text: string | undefined, source: PemSource | undefined): boolean {
  if (source?.kind !== 'file') return true;
  const content = source.file.current;
  return content?.readable === true && content.text === text;
}

function sourceOf(text: string, path: string, ref: string, { clock }: TlsPlatform): PemSource | undefined {
  if (text !== '') return { kind: 'inline', text };
  if (path !== '') {
    const options = { clock, checkSeconds: CHECK_SECONDS, largestBytes: LARGEST_PEM_BYTES };
    return { kind: 'file', path, file: new WatchedFile(path, options) };
  }
  return ref === '' ? undefined : { kind: 'ref' };
}

async function read(source: PemSource | undefined, what: string, whatToRead: string): Promise<string | undefined> {
  switch (source?.kind) {
    case undefined:
      return undefined;
    case 'inline':
      return source.text;
    case 'ref':
      throw setupFailure('secret_ref_unsupported', `unable to use ${what}: cannot use secret ref without manager`);
    case 'file': {
      const content = await source.file.fresh();
      if (content.readable) return content.text;
      const problem = `unable to read file ${source.path}: ${content.problem}`;
      throw setupFailure('file_unreadable', `unable to read ${whatToRead}: ${problem}`);
    }
  }
}

/** Upstream trims files, as it does those with secrets, and nothing else. */
function pemOf(text: string, source: PemSource | undefined): string {
  return source?.kind === 'file' ? trimSpace(text) : text;
}

async function trustIn(text: string, source: PemSource | undefined): Promise<TrustStore> {
  const trust = await inSlices(trustStoreSteps(text));
  if (trust === undefined)
    throw setupFailure('tls_config_invalid', `unable to use specified CA cert ${describe(source)}`);
  return trust;
}

function unfitPair(cert: PemSource | undefined, key: PemSource | undefined, why: string): ProbeFailure {
  const where = `(${describe(cert)}) & key (${describe(key)})`;
  return setupFailure('tls_config_invalid', `unable to use specified client cert ${where}: ${why}`);
}

function describe(source: PemSource | undefined): string {
  return source?.kind === 'file' ? `file ${source.path}` : 'inline';
}

function makeContext(parts: { versions: TlsVersions; client: ClientCertificate }): SecureContext {
  try {
    return createContext(parts);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw setupFailure('tls_config_invalid', `unable to use TLS configuration: ${error.message}`);
  }
}

function setupFailure(
  reason: 'secret_ref_unsupported' | 'file_unreadable' | 'tls_config_invalid',
  text: string,
): ProbeFailure {
  return new ProbeFailure('setup', reason, text);
}
