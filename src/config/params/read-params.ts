import { ConfigError } from '../../values/config-error.js';
import { goQuote } from '../../values/go/go-quote.js';
import { isQuickPattern, LARGEST_QUICK } from '../../values/go/go-regexp.js';
import type { RawParam } from '../../values/raw-config.js';
import type { Shape } from '../schema/shape.js';
import { type ParamKey, readParamKey } from './param-key.js';
import { compileParam, type ParamSpec } from './param-spec.js';

/** A declared parameter, and what it fills if it has a key. */
export interface DeclaredParam extends ParamSpec {
  readonly key?: ParamKey;
}

/** The module whose declarations are read: its prober and the shape of modules. */
export interface ParamOwner {
  readonly prober: string;
  readonly shape: Shape;
}

/** More than anybody needs; a module is filled anew for each combination of values. */
const MOST_PARAMS = 32;
/** Query parameters that `/probe` always has, so no module may declare them. */
const TAKEN: ReadonlySet<string> = new Set(['target', 'module', 'debug']);

/** Compiles the declarations of a module. Mistakes are reported with paths that start at `params`. */
export function readParams(
  raw: Readonly<Record<string, RawParam>>,
  owner: ParamOwner,
  report: (mistake: ConfigError) => void,
): readonly DeclaredParam[] {
  const names = Object.keys(raw);
  if (names.length > MOST_PARAMS) report(new ConfigError(`there are more than ${MOST_PARAMS} parameters`, []));
  const declared = Object.entries(raw)
    .slice(0, MOST_PARAMS)
    .map(([name, each]) =>
      readParam(name, each, { owner, report: (why, ...keys) => report(new ConfigError(why, [name, ...keys])) }),
    );
  const filled = new Map<string, string>();
  for (const { name, key } of declared) {
    if (key === undefined) continue;
    const place = key.to === 'request' ? key.part : JSON.stringify(key.path);
    const other = filled.get(place);
    if (other !== undefined)
      report(new ConfigError(`the parameter ${goQuote(other)} fills the same key`, [name, 'key']));
    filled.set(place, name);
  }
  return declared;
}

interface Reading {
  readonly owner: ParamOwner;
  readonly report: (why: string, ...keys: string[]) => void;
}

function readParam(name: string, raw: RawParam, { owner, report }: Reading): DeclaredParam {
  if (!/^[A-Za-z_][\w-]{0,63}$/.test(name)) {
    report('the name of a parameter has letters, digits, _ and -, begins with a letter and is no longer than 64');
  } else if (TAKEN.has(name)) report(`/probe has a parameter ${name} of its own; take another name`);
  const hasValues = (raw.values ?? []).length > 0;
  if (raw.type === 'enum' && !hasValues) report('an enum needs `values`, the list of what is possible');
  if (raw.type !== 'enum' && hasValues) report('`values` are for the type enum', 'values');
  if (!isQuickPattern(raw.pattern ?? ''))
    report(`the pattern is too large: its parts count more than ${LARGEST_QUICK} characters in all`, 'pattern');
  const spec = compileSoundly(name, raw);
  const right = spec.defaultText === undefined ? undefined : spec.check(spec.defaultText);
  if (right !== undefined) report(`the default must be ${right}, as any value`, 'default');
  const key = readKey(name, raw, owner);
  if (typeof key === 'string') report(key, 'key');
  return typeof key === 'object' ? { ...spec, key } : spec;
}

function readKey(name: string, { key, type }: RawParam, owner: ParamOwner): ParamKey | string | undefined {
  if (name === 'hostname' && key !== undefined && key !== 'hostname') {
    return '/probe has a parameter hostname of its own; its key can only be hostname';
  }
  const meant = name === 'hostname' ? 'hostname' : key;
  return meant === undefined || meant === '' ? undefined : readParamKey(meant, type, owner);
}

/** The schema reports a bad pattern, and a large one would hold up whoever waits. */
function compileSoundly(name: string, raw: RawParam): ParamSpec {
  try {
    return compileParam(name, isQuickPattern(raw.pattern ?? '') ? raw : { ...raw, pattern: '' });
  } catch {
    return compileParam(name, { ...raw, pattern: '' });
  }
}
