import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Test } from 'tap';
import { findInPath } from '../../helpers/peer.js';
import { sharedIdentities } from '../../helpers/tls/certificates.js';
import { endNow, endWithUs } from './end-with-us.js';
import { overlaid } from './overlay.js';

/** A program, and the tree that it was unpacked into: empty where it is installed. */
export interface Found {
  readonly path: string;
  readonly root: string;
}

/** A server's folder with the certificates that it is to use: of localhost and 127.0.0.1, signed by `ca`. */
export interface Place {
  readonly folder: string;
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** A port of 127.0.0.1, the path of a unix socket, or a port of another address. */
export type ServerAddress = number | string | { readonly host: string; readonly port: number };

export interface ServerOptions {
  readonly program: Found;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The server is ready as soon as it accepts connections at all of these. */
  readonly listens: readonly ServerAddress[];
  /** And as soon as this holds as well, for a server that accepts connections before it answers as it is to. */
  readonly answers?: () => Promise<boolean>;
  readonly env?: Readonly<Record<string, string>>;
  /** Keep root's rights, for servers that give them up themselves. */
  readonly asRoot?: true;
  /** The server looks for files of its own at fixed places below /usr. */
  readonly overlay?: true;
}

/** nobody and nogroup, in Debian and elsewhere. */
const NOBODY = 65534;
const START_MS = 120_000;
const ANSWER_MS = 10_000;
const STOP_MS = 5000;
const isRoot = process.getuid?.() === 0;

/** Looks for a server in SONDE_SERVERS (see .ci/servers), then among what is installed. */
export function findServer(program: string): Found | undefined {
  const root = process.env['SONDE_SERVERS'] ?? '';
  const unpacked = root === '' ? undefined : inTree(root, program);
  if (unpacked !== undefined) return { path: unpacked, root };
  const installed = inTree('', program) ?? findInPath(program);
  return installed === undefined ? undefined : { path: installed, root: '' };
}

function inTree(root: string, program: string): string | undefined {
  const postgresql = `${root}/usr/lib/postgresql`;
  const versions = existsSync(postgresql) ? readdirSync(postgresql).map((name) => `${postgresql}/${name}/bin`) : [];
  const folders = ['rabbitmq/bin', 'postfix/sbin'].map((name) => `${root}/usr/lib/${name}`);
  return [...folders, ...versions, `${root}/usr/sbin`, `${root}/usr/bin`]
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
}

/** A folder that the server may write to; removed when the test ends. */
export async function makePlace(t: Test): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-recipe-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const { authority, localhost } = await sharedIdentities();
  const write = (name: string, text: string): string => writeFor(folder, name, text);
  const place = {
    folder,
    cert: write('cert.pem', localhost.cert),
    key: write('key.pem', localhost.key),
    ca: write('ca.pem', authority.cert),
  };
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  return place;
}

/** Writes a file that the server may read; returns its path. */
export function writeFor(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  if (isRoot) chownSync(path, NOBODY, NOBODY);
  return path;
}

/** Runs a program to its end, as the servers are run, with `input` to read. Throws with what it wrote if it fails. */
export function runProgram(program: Found, args: readonly string[], cwd: string, input = ''): void {
  const options = { cwd, encoding: 'utf8', input, ...identityFor(program) } as const;
  const { status, stderr, stdout } = spawnSync(program.path, args, options);
  if (status !== 0) throw new Error(`Cannot run "${program.path}": ${stdout}${stderr}`);
}

/**
 * Starts a server in a process group of its own and waits until it is ready; it ends with the test. Returns its
 * process.
 */
export async function startServer(t: Test, options: ServerOptions): Promise<ChildProcess> {
  const { program, args, cwd, env = {}, asRoot, overlay } = options;
  const { command, args: commandArgs } =
    overlay === true ? overlaid(program, args, asRoot === true) : { command: program.path, args };
  const identity = identityFor(program, asRoot === true || overlay === true);
  const child = spawn(command, commandArgs, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...identity,
    env: { ...identity.env, HOME: cwd, ...env },
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-5000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const failed = once(child, 'error').then(([error]) => String(error));
  endWithUs(child);
  t.teardown(() => stopServer(child));
  const end = Date.now() + START_MS;
  for (let missing = await missingOf(options); missing !== undefined; missing = await missingOf(options)) {
    const error = await Promise.race([failed, delay(50)]);
    const ended = child.exitCode ?? child.signalCode;
    if (error !== undefined || ended !== null || Date.now() > end)
      throw new Error(
        `Cannot start "${program.path}": ${error ?? (ended === null ? `not ready in time: ${missing}` : `it ended with ${ended}`)}\n${output}`,
      );
  }
  return child;
}

interface Identity {
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
}

function identityFor(program: Found, asRoot = false): Identity {
  return {
    env: { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', ...librariesOf(program) },
    ...(isRoot && !asRoot && { uid: NOBODY, gid: NOBODY }),
  };
}

const LIBRARIES = ['x86_64-linux-gnu', 'aarch64-linux-gnu', 'postfix', 'dovecot'];

/** The variable that lets an unpacked program find what was unpacked with it. */
export function librariesOf({ root }: Found): Readonly<Record<string, string>> {
  if (root === '') return {};
  const folders = LIBRARIES.flatMap((name) => [join(root, 'usr/lib', name), join(root, 'lib', name)]);
  return { LD_LIBRARY_PATH: folders.join(':') };
}

/** What is missing until a server is ready; undefined if it is. */
async function missingOf({ listens, answers }: ServerOptions): Promise<string | undefined> {
  for (const address of listens) {
    if (!(await accepts(address))) return `nothing is accepted at ${JSON.stringify(address)}`;
  }
  return answers === undefined || (await answers()) ? undefined : 'it accepts connections, and does not answer yet';
}

function connectTo(address: ServerAddress): net.Socket {
  if (typeof address === 'string') return net.connect({ path: address });
  return net.connect(typeof address === 'number' ? { host: '127.0.0.1', port: address } : address);
}

async function accepts(address: ServerAddress): Promise<boolean> {
  const socket = connectTo(address);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

/** The first that a server says, to `question` if there is one; nothing if it hangs up, or is silent for long. */
export async function firstAnswer(address: ServerAddress, question: Buffer | string = ''): Promise<string> {
  const socket = connectTo(address);
  socket.write(question);
  try {
    const [first] = (await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_MS) })) as [Buffer];
    return first.toString('latin1');
  } catch {
    return '';
  } finally {
    socket.destroy();
  }
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await Promise.race([ended, delay(STOP_MS, undefined, { ref: false })]);
  }
  endNow(child);
}
