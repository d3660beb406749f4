/** How often Sonde itself probes a target. */
export interface TargetSchedule {
  readonly intervalSeconds: number;
  /** How long a probe may take; absent for what fits into the interval. */
  readonly timeoutSeconds?: number;
}

/** One target of a targets file, as `/sd` tells Prometheus of it. */
export interface KnownTarget {
  /** The target of the probe: the parameter `target` of `/probe`. */
  readonly target: string;
  /** The name of the module; undefined for the one that `/probe` takes when none is named. */
  readonly module: string | undefined;
  /** Further parameters of `/probe`, by name. */
  readonly params: ReadonlyMap<string, string>;
  /** The labels of the target, as the file has them. */
  readonly labels: ReadonlyMap<string, string>;
  /** The schedule of its group; `off` if Sonde never probes it by itself, undefined if the group has none. */
  readonly schedule: TargetSchedule | 'off' | undefined;
}

/** Tells two probes apart: the same key stands for the same probe. Parts are separated by a byte that no UTF-8 has. */
export function targetKey({ target, module = '', params }: KnownTarget): string {
  const parts = [...params].sort(([a], [b]) => (a < b ? -1 : 1)).flat();
  return [module, target, ...parts].join('\u0000');
}
