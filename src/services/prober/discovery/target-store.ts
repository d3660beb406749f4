import { type FileContent, WatchedFile } from '../../../files/watched-file.js';
import type { ServiceLog } from '../../../log/service-log.js';
import type { Clock } from '../../../values/clock.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { type KnownTarget, targetKey } from './known-target.js';
import { type ReadTargets, readTargets } from './read-targets.js';
import type { TargetGroup } from './target-groups.js';
import { TargetPaths } from './target-paths.js';

/** How the last reading of a targets file went. */
export interface TargetFileState {
  readonly file: string;
  /** Why the newest content is not in force. */
  readonly problem?: string;
}

/** The source of targets, and the dependencies of reading it. */
export interface TargetStoreOptions {
  /** Files, folders and patterns. Earlier ones come first. */
  readonly paths: readonly string[];
  readonly clock: Clock;
  readonly log: ServiceLog;
  /** Whether the configuration has a module of that name. */
  readonly hasModule: (name: string) => boolean;
  /** Receives all targets when they may have changed. The next check waits for its promise. */
  readonly onChange?: (targets: readonly KnownTarget[]) => Promise<void>;
}

/** A file that the paths lead to, and what was read of it last. */
interface TargetFile {
  readonly watched: WatchedFile;
  /** The content at the last check; undefined before the first. */
  seen: FileContent | undefined;
  /** The content that was last parsed. */
  taken: FileContent | undefined;
  groups: readonly TargetGroup[];
  /** Whether it could ever be used. */
  isRead: boolean;
  problem: string | undefined;
}

/** The most files that are read: each is looked at every few seconds. */
const MOST_FILES = 1000;
/** More unknown modules than this are not named in the log. */
const MOST_NAMED = 10;

/** The problem of an empty file that had targets before. */
const EMPTY = 'the file is empty; write [] if it is to have no targets';

/**
 * The targets of all targets files. A file that cannot be used keeps its last targets, with the reason beside them. So
 * does an empty file, since programs empty a file before they write it. A file that has left its folder or pattern is
 * forgotten.
 */
export class TargetStore {
  readonly #options: TargetStoreOptions;
  readonly #paths: TargetPaths;
  #files = new Map<string, TargetFile>();
  #targets: readonly KnownTarget[] = [];
  #looking: Promise<void> | undefined;

  constructor(options: TargetStoreOptions) {
    this.#options = options;
    this.#paths = new TargetPaths(options.paths, (path) => {
      options.log.warn('No targets file is there', { path });
    });
  }

  /** Whether there are targets files at all. */
  get isUsed(): boolean {
    return this.#paths.isUsed;
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
    // A patient look may be under way.
    await this.#looking;
    await this.#lookOnce(false);
    const problems = this.files.flatMap(({ problem }) => problem ?? []);
    return problems.length === 0 ? undefined : problems.join('\n');
  }

  /**
   * Looks at all files without having been asked. A file may be half written, so whatever has changed, come or gone is
   * only taken when the next look finds it unchanged.
   */
  async lookPatiently(): Promise<void> {
    await this.#lookOnce(true);
  }

  async #lookOnce(isPatient: boolean): Promise<void> {
    this.#looking ??= this.#look(isPatient).finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #look(isPatient: boolean): Promise<void> {
    const before = this.#files;
    const files = new Map<string, TargetFile>();
    let isChanged = false;
    for (const file of await this.#find(isPatient)) {
      const known = before.get(file) ?? newFile(file, this.#options.clock);
      files.set(file, known);
      // One after the other: a thousand files need no more descriptors than one.
      if (await this.#readIfChanged(file, known, isPatient)) isChanged = true;
    }
    isChanged ||= [...before.keys()].some((file) => !files.has(file));
    this.#files = files;
    if (isChanged) await this.#merge();
  }

  async #find(isPatient: boolean): Promise<ReadonlySet<string>> {
    const found = await this.#paths.find(isPatient);
    if (found.size <= MOST_FILES) return found;
    this.#options.log.error('Too many targets files, the last ones are left out', { files: String(found.size) });
    return new Set([...found].slice(0, MOST_FILES));
  }

  /** Resolves to whether the targets may be others than before. */
  async #readIfChanged(path: string, file: TargetFile, isPatient: boolean): Promise<boolean> {
    const content = await file.watched.fresh();
    const isNew = content !== file.seen;
    file.seen = content;
    if (content === file.taken || (isNew && isPatient)) return false;
    file.taken = content;
    const read = content.readable ? await readTargets(content.text, path) : unusable(content.problem);
    if (read.kind === 'read' || (read.kind === 'empty' && file.groups.length === 0)) {
      file.groups = read.kind === 'read' ? read.groups : [];
      file.isRead = true;
      file.problem = undefined;
      return true;
    }
    file.problem = (read.kind === 'empty' ? [`${path}: ${EMPTY}`] : read.problems).join('\n');
    const before = file.isRead ? ', what it said before goes on' : '';
    this.#options.log.error(`Error reading targets file${before}`, { file: path, err: file.problem });
    return false;
  }

  /** There may be very many, so this yields to the event loop. */
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
    await this.#options.onChange?.(this.#targets);
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
    watched: new WatchedFile(path, { clock, checkSeconds: 0, isStrict: true }),
    seen: undefined,
    taken: undefined,
    groups: [],
    isRead: false,
    problem: undefined,
  };
}

function unusable(problem: string): ReadTargets {
  return { kind: 'unusable', problems: [problem] };
}

/** Label of the module, and the beginning of those of other parameters. */
const MODULE = '__param_module';
const PARAM = '__param_';

function* knownTargets({ targets, labels, schedule }: TargetGroup): Generator<KnownTarget> {
  const params = new Map<string, string>();
  const others = new Map<string, string>();
  for (const [name, value] of labels) {
    if (!name.startsWith(PARAM)) others.set(name, value);
    else if (name !== MODULE) params.set(name.slice(PARAM.length), value);
  }
  const module = labels.get(MODULE) ?? labels.get('module');
  for (const target of targets) yield { target, module, params, labels: others, schedule };
}
