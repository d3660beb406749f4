import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { loadSmallFileCalls, type SmallFileCalls } from './kernel/kernel-calls.js';
import { readText, readTextLater, tooLong } from './reading/bounded-text.js';
import { withoutStack } from './without-stack.js';

/** The mount points of the host's trees: the flags `--path.*`. */
export interface HostPaths {
  readonly procfs: string;
  readonly sysfs: string;
  readonly rootfs: string;
  readonly udevData: string;
}

const MIB = 1024 * 1024;
/** The most bytes of a file: those of /proc that have a line for each CPU, mount or neighbour come to a few MiB. */
const MOST_BYTES = 16 * MIB;
/** An attribute of /sys has a page at most, which is 64 KiB on some machines. */
const MOST_ATTRIBUTE_BYTES = 64 * 1024;

/** The files of the host during one scrape. Each file is read once, however often it is needed. */
export class HostFiles {
  readonly proc: FileTree;
  readonly sys: FileTree;
  readonly udev: FileTree;
  /** Everything below the host's `/`. */
  readonly root: FileTree;

  constructor({ procfs, sysfs, rootfs, udevData }: HostPaths, calls = addonCalls()) {
    this.proc = new FileTree(procfs, { calls });
    this.sys = new FileTree(sysfs, { calls, endsShort: true, mostBytes: MOST_ATTRIBUTE_BYTES });
    this.udev = new FileTree(udevData, { calls });
    this.root = new FileTree(rootfs, { calls });
  }
}

/** The result of reading a file or folder. */
type Found<T> = { readonly value: T } | { readonly error: Error };

let known: { readonly calls: SmallFileCalls | undefined } | undefined;

/** The addon, which is loaded once. */
function addonCalls(): SmallFileCalls | undefined {
  known ??= { calls: loadSmallFileCalls() };
  return known.calls;
}

/** How a tree reads its files. */
interface Reading {
  /** Whether a read of less than a page is the last one of a file, as below /sys. */
  readonly endsShort?: boolean;
  /** The addon's calls, or undefined to have Node read. */
  readonly calls?: SmallFileCalls | undefined;
  /** The most bytes that a file may have; reading a longer one fails with EFBIG. */
  readonly mostBytes?: number;
}

/**
 * A tree of small files. Paths are relative to its root, such as `class/net/eth0/mtu`. Reading is synchronous, because
 * the kernel produces a file of /proc or /sys in a few microseconds. `textLater` is for files that query a device,
 * which may take longer.
 */
export class FileTree {
  readonly root: string;
  readonly #endsShort: boolean;
  readonly #calls: SmallFileCalls | undefined;
  readonly #mostBytes: number;
  readonly #texts = new Map<string, Found<string>>();
  readonly #coming = new Map<string, Promise<Found<string>>>();
  readonly #names = new Map<string, Found<readonly string[]>>();
  readonly #links = new Map<string, Found<string>>();
  readonly #realPaths = new Map<string, Found<string>>();

  constructor(root: string, { endsShort = false, calls, mostBytes = MOST_BYTES }: Reading = {}) {
    this.root = root;
    this.#endsShort = endsShort;
    this.#calls = calls;
    this.#mostBytes = mostBytes;
  }

  /** Returns the content of a file. Throws Node's error. */
  text(path: string): string {
    return valueOf(this.#readText(path));
  }

  /**
   * Returns the content without blanks around it, or undefined if there is no such file or no value at present (see
   * isWithoutValue).
   */
  value(path: string): string | undefined {
    return valueIfAny(this.#readText(path))?.trim();
  }

  /** Returns the content, or undefined if there is no such file or no value at present (see isWithoutValue). */
  textIfAny(path: string): string | undefined {
    return valueIfAny(this.#readText(path));
  }

  /**
   * Reads files of one folder together, which is quicker where the addon is there. `names` are separated by slashes.
   * Says nothing: what was read, or why not, is known to later calls of `text`, `value` and `textIfAny`.
   */
  readTogether(folder: string, names: string): void {
    const texts = this.#calls?.texts(this.#full(folder), names, this.#endsShort);
    if (texts === undefined) return;
    for (const [index, name] of names.split('/').entries()) {
      const path = `${folder}/${name}`;
      if (!this.#texts.has(path)) this.#texts.set(path, this.#found(texts[index], this.#full(path)));
    }
  }

  /** Like `text`, but without blocking the event loop. */
  async textLater(path: string): Promise<string> {
    return valueOf(await this.#readTextLater(path));
  }

  /** Like `value`, but without blocking the event loop. */
  async valueLater(path: string): Promise<string | undefined> {
    return valueIfAny(await this.#readTextLater(path))?.trim();
  }

  /** Returns the names in a folder, sorted. Throws Node's error. */
  names(path: string): readonly string[] {
    return valueOf(this.#readNames(path));
  }

  /** Returns the names in a folder, sorted; none if there is no such folder. */
  namesIfAny(path: string): readonly string[] {
    return valueIfAny(this.#readNames(path)) ?? [];
  }

  /** Returns the target of a symbolic link as written, or undefined if there is no link. */
  link(path: string): string | undefined {
    return valueIfAny(once(this.#links, path, () => readlinkSync(this.#full(path))));
  }

  /** Returns the path after following all symbolic links, or undefined if it leads nowhere. */
  realPath(path: string): string | undefined {
    return valueIfAny(once(this.#realPaths, path, () => realpathSync.native(this.#full(path))));
  }

  #readText(path: string): Found<string> {
    let known = this.#texts.get(path);
    if (known === undefined) {
      const full = this.#full(path);
      this.#texts.set(path, (known = this.#found(this.#calls?.text(full, this.#endsShort), full)));
    }
    return known;
  }

  async #readTextLater(path: string): Promise<Found<string>> {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    let coming = this.#coming.get(path);
    if (coming === undefined) {
      coming = readTextLater(this.#full(path), this.#mostBytes).then(
        (value) => ({ value }),
        (error: unknown) => ({ error: asSystemError(error) }),
      );
      this.#coming.set(path, coming);
      this.#texts.set(path, await coming);
    }
    return coming;
  }

  #readNames(path: string): Found<readonly string[]> {
    return once(this.#names, path, () => readdirSync(this.#full(path)).sort());
  }

  /** What the addon has read; where it cannot, Node reads the file. */
  #found(read: string | number | undefined, path: string): Found<string> {
    const most = this.#mostBytes;
    return withoutStack(() => {
      if (typeof read === 'number') return { error: systemError(read, path) };
      if (read === undefined) return orError(() => readText(path, most));
      return read.length > most ? { error: tooLong(path) } : { value: read };
    });
  }

  #full(path: string): string {
    return path === '' ? this.root : `${this.root}/${path}`;
  }
}

/** The error that Node makes of a failed call. */
function systemError(number: number, path: string): Error {
  const errno = -Math.abs(number);
  const [code, text] = SYSTEM_ERRORS.get(errno) ?? [`E${-errno}`, 'unknown error'];
  const facts = number < 0 ? { errno, code, syscall: 'open', path } : { errno, code, syscall: 'read' };
  const message = number < 0 ? `${code}: ${text}, open '${path}'` : `${code}: ${text}, read`;
  return Object.assign(new Error(message), facts);
}

const SYSTEM_ERRORS = getSystemErrorMap();

function once<T>(known: Map<string, Found<T>>, path: string, read: () => T): Found<T> {
  let found = known.get(path);
  if (found === undefined) {
    found = withoutStack(() => orError(read));
    known.set(path, found);
  }
  return found;
}

function orError<T>(read: () => T): Found<T> {
  try {
    return { value: read() };
  } catch (error) {
    return { error: asSystemError(error) };
  }
}

function valueOf<T>(found: Found<T>): T {
  if ('value' in found) return found.value;
  throw found.error;
}

function valueIfAny<T>(found: Found<T>): T | undefined {
  if ('value' in found) return found.value;
  if (isWithoutValue(found.error)) return undefined;
  throw found.error;
}

function asSystemError(error: unknown): Error {
  if (error instanceof Error && 'code' in error) return error;
  throw error;
}

/** Error codes for a file, or a device behind it, that does not exist. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO']);

/**
 * Error codes of drivers for an attribute that the device does not have or cannot read at present, and of the kernel
 * for files that we must not read.
 */
const REFUSED: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EAGAIN',
  'EINVAL',
  'EIO',
  'ENODATA',
  'ENOTSUP',
  'EOPNOTSUPP',
]);

/** Whether an error of the file system means that something does not exist. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ABSENT.has(String(error.code));
}

/**
 * Whether an error of the file system means that there is nothing to read: no such file, no permission, or no value at
 * present.
 */
export function isWithoutValue(error: unknown): boolean {
  return isAbsent(error) || (error instanceof Error && 'code' in error && REFUSED.has(String(error.code)));
}
