import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Where the host's own trees are found: flags `--path.*`. */
export interface HostPaths {
  readonly procfs: string;
  readonly sysfs: string;
  readonly rootfs: string;
  readonly udevData: string;
}

/** The files of the host as they are during one scrape: each is read once, whoever asks for it and however often. */
export class HostFiles {
  readonly proc: FileTree;
  readonly sys: FileTree;
  readonly udev: FileTree;
  /** What is below the host's `/`. */
  readonly root: FileTree;

  constructor({ procfs, sysfs, rootfs, udevData }: HostPaths) {
    this.proc = new FileTree(procfs);
    this.sys = new FileTree(sysfs);
    this.udev = new FileTree(udevData);
    this.root = new FileTree(rootfs);
  }
}

/** What a file or folder turned out to be. */
type Found<T> = { readonly value: T } | { readonly error: Error };

/**
 * One tree of small files. Paths are relative to its root, `class/net/eth0/mtu`, say. Reading is synchronous, because a file of
 * /proc or /sys comes out of memory in a few microseconds; `textLater` is for those that ask a device and may take its time.
 */
export class FileTree {
  readonly root: string;
  readonly #texts = new Map<string, Found<string>>();
  readonly #coming = new Map<string, Promise<Found<string>>>();
  readonly #names = new Map<string, Found<readonly string[]>>();
  readonly #links = new Map<string, Found<string>>();
  readonly #realPaths = new Map<string, Found<string>>();

  constructor(root: string) {
    this.root = root;
  }

  /** The content of a file; throws Node's error. */
  text(path: string): string {
    return valueOf(this.#readText(path));
  }

  /** The content without blanks around it; undefined where there is no such file or no value in it for now (see isWithoutValue). */
  value(path: string): string | undefined {
    return valueIfAny(this.#readText(path))?.trim();
  }

  /** The content; undefined where there is no such file or no value in it for now (see isWithoutValue). */
  textIfAny(path: string): string | undefined {
    return valueIfAny(this.#readText(path));
  }

  /** As `text`, without holding up everything else meanwhile. */
  async textLater(path: string): Promise<string> {
    return valueOf(await this.#readTextLater(path));
  }

  /** As `value`, without holding up everything else meanwhile. */
  async valueLater(path: string): Promise<string | undefined> {
    return valueIfAny(await this.#readTextLater(path))?.trim();
  }

  /** The names in a folder, sorted; throws Node's error. */
  names(path: string): readonly string[] {
    return valueOf(this.#readNames(path));
  }

  /** The names in a folder, sorted; none where there is no such folder. */
  namesIfAny(path: string): readonly string[] {
    return valueIfAny(this.#readNames(path)) ?? [];
  }

  /** Where a symbolic link points to, as it is written; undefined where there is none. */
  link(path: string): string | undefined {
    return valueIfAny(once(this.#links, path, () => readlinkSync(this.#full(path))));
  }

  /** Where a path leads once all symbolic links are followed; undefined where it leads nowhere. */
  realPath(path: string): string | undefined {
    return valueIfAny(once(this.#realPaths, path, () => realpathSync.native(this.#full(path))));
  }

  #readText(path: string): Found<string> {
    return once(this.#texts, path, () => readFileSync(this.#full(path), 'utf8'));
  }

  async #readTextLater(path: string): Promise<Found<string>> {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    let coming = this.#coming.get(path);
    if (coming === undefined) {
      coming = readFile(this.#full(path), 'utf8').then(
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

  #full(path: string): string {
    return path === '' ? this.root : `${this.root}/${path}`;
  }
}

function once<T>(known: Map<string, Found<T>>, path: string, read: () => T): Found<T> {
  let found = known.get(path);
  if (found === undefined) {
    try {
      found = { value: read() };
    } catch (error) {
      found = { error: asSystemError(error) };
    }
    known.set(path, found);
  }
  return found;
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

/** There is no such file (or no such device behind it any more). */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO']);

/** What drivers answer for an attribute that the device does not have or cannot tell now, and the kernel for what is not ours to see. */
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

/** Whether an error of the file system says that something is not there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ABSENT.has(String(error.code));
}

/** Whether an error of the file system says that there is nothing to read: no such file, not for us, or no value for now. */
export function isWithoutValue(error: unknown): boolean {
  return isAbsent(error) || (error instanceof Error && 'code' in error && REFUSED.has(String(error.code)));
}
