import type { ProbeModule } from '../probe/probe-module.js';
import type { BoundProbe, Prober } from '../probe/prober.js';
import { parseGoDuration } from '../values/duration.js';
import { within } from '../values/config-error.js';
import { goQuote } from '../values/go-quote.js';
import type { RawModule } from '../values/raw-config.js';
import { describeModule } from './describe-module.js';
import { fillDefaults } from './fill-defaults.js';
import type { Shape } from './shape.js';
import { writeYaml } from './write-yaml.js';

/** The style of debug output. */
const DEBUG_STYLE = { indent: 2, indentLists: false };

/** A module as loaded. */
export interface ModuleSource {
  readonly name: string;
  /** As written in the file, before defaults; null if there is nothing after the name. */
  readonly given: unknown;
  /** With defaults; undefined if there is nothing after the name. */
  readonly raw: RawModule | undefined;
}

/** Binds a module to its prober; throws a ConfigError, whose path starts at the module, if the prober cannot work with its block. */
export function compileModule(
  { name, given, raw }: ModuleSource,
  shape: Shape,
  probers: readonly Prober[],
): ProbeModule {
  const describe = (): string => writeYaml(describeModule(given, shape), DEBUG_STYLE);
  const { prober = '', timeout } = raw ?? {};
  const found = probers.find((each) => each.name === prober);
  if (raw === undefined || found === undefined) return { name, prober, describe, ...unknownProber(prober) };
  const block = blockOf(raw, shape);
  return {
    name,
    prober,
    describe,
    ...within([prober], () => found.bind(block)),
    ...(timeout !== undefined && { timeoutSeconds: parseGoDuration(timeout) }),
  };
}

/** The block of the module's prober; where it is absent, the defaults. Upstream then has none for grpc, which leaves IPv4-only hosts without an address. */
function blockOf(raw: RawModule, shape: Shape): unknown {
  const block = raw[raw.prober];
  if (block !== undefined) return block;
  const blockShape = shape.kind === 'struct' ? shape.properties.get(raw.prober) : undefined;
  if (blockShape === undefined) throw new Error(`Cannot find the schema of prober "${raw.prober}"`);
  return fillDefaults({}, blockShape);
}

/** Upstream loads a module without a prober that exists, and refuses to probe with it. */
function unknownProber(prober: string): BoundProbe {
  const text = `Unknown prober ${goQuote(prober)}`;
  return { refuse: () => text, probe: () => Promise.reject(new Error(`Cannot probe: ${text}`)) };
}
