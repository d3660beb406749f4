import { guardedProbe } from '../probe/policy/guarded-probe.js';
import { TargetPolicy } from '../probe/policy/target-policy.js';
import type { ProbeModule } from '../probe/probe-module.js';
import type { BoundProbe, Prober } from '../probe/prober.js';
import type { TextMask } from '../probe/text-mask.js';
import { within } from '../values/config-error.js';
import { parseGoDuration } from '../values/duration.js';
import { goQuote } from '../values/go/go-quote.js';
import type { RawModule } from '../values/raw-config.js';
import { describeModule, describeOwnBlock } from './describe-module.js';
import type { ModuleTemplate } from './params/module-template.js';
import { fillDefaults } from './schema/fill-defaults.js';
import type { Shape } from './schema/shape.js';
import { writeYaml } from './yaml/write-yaml.js';

/** The style of debug output. */
const DEBUG_STYLE = { indent: 2, indentLists: false };

/** A module as read from a file. */
export interface ModuleSource {
  readonly name: string;
  /** The values in the file, without defaults; null if there is nothing after the name. */
  readonly given: unknown;
  /** The block with its references unexpanded, which is what pages show; absent where there are none. */
  readonly shown?: unknown;
  /** Masks what its references stand for. */
  readonly mask?: TextMask;
  /** The values of the module's references, which `mask` hides. */
  readonly secrets?: readonly string[];
  /** The values with defaults; undefined if there is nothing after the name. */
  readonly raw: RawModule | undefined;
  /** Present for a module with parameters, whose raw values have samples in their places. */
  readonly template?: ModuleTemplate;
  /** The name of the module that it extends, whose values are among its own. */
  readonly base?: string;
}

/**
 * Binds a module to its prober. Throws a ConfigError, whose path starts at the module, if the prober cannot use its
 * block.
 */
export function compileModule(
  { name, given, shown = given, raw, base, mask, secrets = [] }: ModuleSource,
  shape: Shape,
  probers: readonly Prober[],
): ProbeModule {
  const describe = (): string => writeYaml(describeModule(shown, shape), DEBUG_STYLE);
  const describeOwn = (): string => writeYaml(describeOwnBlock(shown, shape, raw?.prober), DEBUG_STYLE);
  const { prober = '', timeout } = raw ?? {};
  const extended = { ...(base !== undefined && { base }), ...(mask && { mask }) };
  const found = probers.find((each) => each.name === prober);
  if (raw === undefined || found === undefined)
    return { name, prober, ...extended, describe, describeOwn, ...unknownProber(prober) };
  const block = blockOf(raw, shape);
  const bound = within([prober], () => found.bind(block));
  const { target_policy: policy } = raw;
  return {
    name,
    prober,
    ...extended,
    describe,
    describeOwn,
    ...bound,
    recipe: { name, raw, secrets },
    ...(policy !== undefined && { probe: guardedProbe(bound.probe, TargetPolicy.compile(policy)) }),
    ...(timeout !== undefined && { timeoutSeconds: parseGoDuration(timeout) }),
  };
}

/**
 * Returns the block of the module's prober, or the defaults if it has none. Upstream then uses no defaults for grpc, so
 * hosts with only IPv4 have no address.
 */
function blockOf(raw: RawModule, shape: Shape): unknown {
  const block = raw[raw.prober];
  if (block !== undefined) return block;
  const blockShape = shape.kind === 'struct' ? shape.properties.get(raw.prober) : undefined;
  if (blockShape === undefined) throw new Error(`Cannot find the schema of prober "${raw.prober}"`);
  return fillDefaults({}, blockShape);
}

/** Upstream also loads a module with an unknown prober, and fails its probes. */
function unknownProber(prober: string): BoundProbe {
  const text = `Unknown prober ${goQuote(prober)}`;
  return { refuse: () => text, probe: () => Promise.reject(new Error(`Cannot probe: ${text}`)) };
}
