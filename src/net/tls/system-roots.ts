import path from 'node:path';
import tls from 'node:tls';
import { FileProblem } from '../../files/file-problem.js';
import { namesInFolder, readRegularFile } from '../../files/regular-file.js';
import { loopTurns } from '../../values/loop-turns.js';
import { certificatesInPem, eachCertificateInPem } from './pem.js';
import { type TrustStore, trustStoreOfRoots } from './trust-store.js';

/** Where Linux distributions keep their bundle of roots; the first that can be read counts. The same places as Go's. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
const DIRECTORIES = ['/etc/ssl/certs', '/etc/pki/tls/certs'];

/** Linux distributions come with some 250 KiB. */
const LARGEST_BUNDLE_BYTES = 32 * 1024 * 1024;

/** Where trusted roots are, beside or in place of the system's. */
export interface RootPlaces {
  /** SSL_CERT_FILE: a bundle in place of the system's. */
  readonly certFile?: string | undefined;
  /** SSL_CERT_DIR: directories, separated by colons, whose files are trusted as well. */
  readonly certDir?: string | undefined;
}

/**
 * The roots that the system trusts, or Node's own where the system has none. Reading them takes tens of milliseconds,
 * so it is done in turns and once a process: a change takes effect with the next start, as with Go.
 */
export async function loadSystemRoots({ certFile, certDir }: RootPlaces): Promise<TrustStore> {
  const bundle = await firstReadable(certFile === undefined || certFile === '' ? BUNDLES : [certFile]);
  const given = certDir === undefined || certDir === '' ? undefined : certDir.split(':');
  // The default directories hold what the bundle holds.
  const directories = given ?? (bundle === '' ? DIRECTORIES : []);
  const texts = [bundle, ...(await Promise.all(directories.map(readDirectory))).flat()];
  const ders = await uniqueCertificates(texts);
  return trustStoreOfRoots(ders.length === 0 ? certificatesInPem(tls.rootCertificates.join('\n')) : ders);
}

async function uniqueCertificates(texts: readonly string[]): Promise<Buffer[]> {
  const unique = new Map<string, Buffer>();
  for (const text of texts) {
    for (const der of eachCertificateInPem(text)) {
      unique.set(der.toString('latin1'), der);
      if (loopTurns.isOver()) await loopTurns.next();
    }
  }
  return [...unique.values()];
}

async function firstReadable(files: readonly string[]): Promise<string> {
  for (const file of files) {
    const text = await readIfPossible(file);
    if (text !== undefined) return text;
  }
  return '';
}

async function readDirectory(directory: string): Promise<string[]> {
  let names: readonly string[];
  try {
    names = await namesInFolder(directory);
  } catch (error) {
    if (error instanceof FileProblem) return [];
    throw error;
  }
  const texts = await Promise.all(names.map((name) => readIfPossible(path.join(directory, name))));
  return texts.filter((text) => text !== undefined);
}

/** Any error counts as "not there", as in Go: the next place is tried. */
async function readIfPossible(file: string): Promise<string | undefined> {
  try {
    return (await readRegularFile(file, LARGEST_BUNDLE_BYTES)).bytes.toString('latin1');
  } catch (error) {
    if (error instanceof FileProblem) return undefined;
    throw error;
  }
}
