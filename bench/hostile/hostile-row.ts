/** One hostile input: what it is, and how it is put to a program. */
export type HostileRow = TargetRow | ClientRow;

interface RowBase {
  /** Unique; `--row` selects by a part of it. */
  readonly name: string;
  /** The kind of input, such as `http1`; `--group` selects by it. */
  readonly group: string;
  /** For how long Sonde may hold its event loop, in milliseconds; HELD_MS where absent. */
  readonly heldMs?: number;
  /** Said instead of a run of the real program, where that would not end or has no such input. */
  readonly withoutPeer?: string;
}

export type HostileModule = Readonly<Record<string, unknown>>;

/** A target that misbehaves: it is probed several times at once. */
export interface TargetRow extends RowBase {
  readonly kind: 'target';
  /**
   * The module that probes it, as JSON of `blackbox.yml`, without its timeout; made of the address where that stands in
   * the module.
   */
  readonly module: HostileModule | ((address: string) => HostileModule);
  /** What is probed, where `start` is not that but a party on the way, such as a proxy. */
  readonly target?: string;
  /** The module's timeout in seconds; DEADLINE_SECONDS where absent. */
  readonly deadlineSeconds?: number;
  /** Starts the target, in a process of its own; resolves to what is given as target of a probe. */
  readonly start: () => Promise<string>;
}

/** A client that misbehaves: it talks to a service of ours. */
export interface ClientRow extends RowBase {
  readonly kind: 'client';
  readonly service: 'prober' | 'pushgateway' | 'node';
  /** More arguments for Sonde, and for the real program. */
  readonly args?: readonly string[];
  /** Writes the files that `args` name; called before the programs start. */
  readonly prepare?: () => void;
  /** Attacks the service at `host:port` once; resolves to a word or two on what came of it, such as `400`. */
  readonly attack: (address: string) => Promise<string>;
}

/** What no input of a target may exceed, in milliseconds. */
export const HELD_MS = 10;
/** How long a probe may go on after its deadline, in milliseconds. */
export const BEYOND_MS = 100;
export const DEADLINE_SECONDS = 3;
