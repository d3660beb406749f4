import { resolve } from 'node:path';
import { findConfigFiles } from '../../../config/config-files.js';
import { type FileContent, WatchedFile } from '../../../files/watched-file.js';
import type { ServiceLog } from '../../../log/service-log.js';
import type { Clock } from '../../../values/clock.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { type KnownTarget, targetKey } from './known-target.js';
import { readTargets } from './read-targets.js';
import type { TargetGroup } from './target-groups.js';

/** How the last reading of a targets file went. */
export interface TargetFileState {
  readonly file: string;
  /** Why the newest content is not in force. */
  readonly problem?: string;
}

/** Where the targets come from. */
export interface TargetStoreOptions {
  /** Files, folders and patterns. Earlier ones come first. */
  readonly paths: readonly string[];
  readonly clock: Clock;
  readonly log: ServiceLog;
  /** Whether the configuration has a module of that name. */
  readonly hasModule: (name: string) => boolean;
}

/** A file that the paths lead to, and what was read of it last. */
interface TargetFile {
  readonly watched: WatchedFile;
  content: FileContent | undefined;
  groups: readonly TargetGroup[];
  problem: string | undefined;
}

/** The most files that are read: each is looked at every few seconds. */
const MOST_FILES = 1000;
/** More unknown modules than this are not named in the log. */
const MOST_NAMED = 10;

/**
 * The targets of all targets files. A file that cannot be used keeps what it said before, with the reason beside it; a
 * file that has gone from its folder or pattern is forgotten.
 */
export class TargetStore {
  readonly #options: TargetStoreOptions;
  #files = new Map<string, TargetFile>();
  #targets: readonly KnownTarget[] = [];
  #looking: Promise<void> | undefined;

  constructor(options: TargetStoreOptions) {
    this.#options = options;
  }

  /** Whether there are targets files at all. */
  get isUsed(): boolean {
    return this.#options.paths.length > 0;
  }

  /** All targets, in the order of the files, each probe once. */
  get targets(): readonly KnownTarget[] {
    return this.#targets;
  }

  get files(): readonly TargetFileState[] {
    return [...this.#files].map(([file, { problem }]) => ({ file, ...(problem !== undefined && { problem }) }));
  }

  /**
   * Looks at all files, and reads those that have changed; says in the log what is new or wrong. Resolves to what is
   * wrong with them now, undefined if nothing is.
   */
  async look(): Promise<string | undefined> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
    const problems = this.files.flatMap(({ problem }) => problem ?? []);
    return problems.length === 0 ? undefined : problems.join('\n');
  }

  async #look(): Promise<void> {
    const before = this.#files;
    const files = new Map<string, TargetFile>();
    let isChanged = false;
    for (const file of await this.#find()) {
      const known = before.get(file) ?? newFile(file, this.#options.clock);
      files.set(file, known);
      // One after the other: a thousand files need no more descriptors than one.
      if (await this.#readIfChanged(file, known)) isChanged = true;
    }
    isChanged ||= files.size !== before.size;
    this.#files = files;
    if (isChanged) await this.#merge();
  }

  async #find(): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const path of this.#options.paths) {
      const { files } = await findConfigFiles(path, isTargetsName);
      for (const file of files) found.add(resolve(file));
    }
    if (found.size <= MOST_FILES) return found;
    this.#options.log.error('Too many targets files, the last ones are left out', { files: String(found.size) });
    return new Set([...found].slice(0, MOST_FILES));
  }

  /** Resolves to whether the targets may be others than before. */
  async #readIfChanged(path: string, file: TargetFile): Promise<boolean> {
    const content = await file.watched.fresh();
    if (content === file.content) return false;
    file.content = content;
    const read = content.readable
      ? await readTargets(content.text, path)
      : { kind: 'unusable' as const, problems: [content.problem] };
    if (read.kind === 'read') {
      file.groups = read.groups;
      file.problem = undefined;
      return true;
    }
    file.problem = read.problems.join('\n');
    this.#options.log.error('Error reading targets file, what it said before goes on', {
      file: path,
      err: file.problem,
    });
    return false;
  }

  /** There may be very many, so that others have their turn in between. */
  async #merge(): Promise<void> {
    const targets = new Map<string, KnownTarget>();
    const modules = new Set<string>();
    let repeated = 0;
    for (const group of [...this.#files.values()].flatMap(({ groups }) => groups)) {
      for (const target of knownTargets(group)) {
        if (loopTurns.isOver()) await loopTurns.next();
        const key = targetKey(target);
        if (targets.has(key)) repeated++;
        else targets.set(key, target);
        if (target.module !== undefined) modules.add(target.module);
      }
    }
    this.#targets = [...targets.values()];
    this.#sayMerged(repeated, modules);
  }

  #sayMerged(repeated: number, modules: ReadonlySet<string>): void {
    const { log, hasModule } = this.#options;
    log.info('Loaded targets', { targets: String(this.#targets.length), files: String(this.#files.size) });
    if (repeated > 0)
      log.warn('Targets that stand in the files more than once count once', { repeated: String(repeated) });
    const unknown = [...modules].filter((name) => !hasModule(name));
    if (unknown.length === 0) return;
    const named = unknown.slice(0, MOST_NAMED).join(', ');
    log.warn('Targets name modules that the configuration does not have', { modules: named });
  }
}

function newFile(path: string, clock: Clock): TargetFile {
  return {
    watched: new WatchedFile(path, { clock, checkSeconds: 0 }),
    content: undefined,
    groups: [],
    problem: undefined,
  };
}

/** What counts in a folder, as in Prometheus' file_sd. */
function isTargetsName(name: string): boolean {
  return !name.startsWith('.') && /\.(?:ya?ml|json)$/.test(name);
}

/** Label of the module, and the beginning of those of other parameters. */
const MODULE = '__param_module';
const PARAM = '__param_';

function knownTargets({ targets, labels }: TargetGroup): readonly KnownTarget[] {
  const params = new Map<string, string>();
  const others = new Map<string, string>();
  for (const [name, value] of labels) {
    if (!name.startsWith(PARAM)) others.set(name, value);
    else if (name !== MODULE) params.set(name.slice(PARAM.length), value);
  }
  const module = labels.get(MODULE) ?? labels.get('module');
  return targets.map((target) => ({ target, module, params, labels: others }));
}
