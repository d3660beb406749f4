import { ParamError } from '../../probe/param-error.js';
import { goQuote } from '../../values/go/go-quote.js';
import { compileGoRegexp, type GoRegexp } from '../../values/go/go-regexp.js';
import type { RawParam } from '../../values/raw-config.js';
import { TYPE_CHECKS, type ValueCheck } from './param-types.js';

/** A parameter that a module declares. */
export interface ParamSpec {
  readonly name: string;
  readonly type: RawParam['type'];
  readonly required: boolean;
  readonly defaultText: string | undefined;
  /** Whether a pattern or a list says which values are possible. */
  readonly isNarrow: boolean;
  /** Says what the value must be, or undefined if it is that. */
  readonly check: ValueCheck;
}

/** Control characters, also of Unicode, and halves of surrogate pairs: no value needs them. */
const CONTROLS = /[\p{Cc}\u2028\u2029\p{Cs}]/u;

/** The most characters of a value that an error quotes. */
const LONGEST_QUOTED = 80;

/** Compiles a declaration, which may still have mistakes that the schema reports. Throws an Error for a bad pattern. */
export function compileParam(name: string, raw: RawParam): ParamSpec {
  const { type, required, values, pattern } = raw;
  const checks = [lengthCheck(raw), noControls, TYPE_CHECKS[type], ...boundsOf(raw)];
  if (type === 'enum') checks.push(amongCheck(values ?? []));
  if (pattern !== undefined && pattern !== '') checks.push(patternCheck(pattern));
  return {
    ...{ name, type, required },
    defaultText: raw.default === '' ? undefined : raw.default,
    isNarrow: type === 'enum' || (pattern !== undefined && pattern !== ''),
    check: (value) => firstOf(checks, value),
  };
}

/**
 * Returns the value of a parameter: the one in the request, else the default, else undefined. As everywhere, an empty
 * value counts as absent. Throws a ParamError.
 */
export function valueOf(spec: ParamSpec, given: ReadonlyMap<string, string>): string | undefined {
  const value = given.get(spec.name);
  if (value === undefined || value === '') {
    if (spec.required && spec.defaultText === undefined) {
      throw new ParamError(`Parameter ${goQuote(spec.name)} is missing: the module requires it`);
    }
    return spec.defaultText;
  }
  const right = spec.check(value);
  if (right !== undefined) throw unfit(spec.name, value, `it must be ${right}`);
  return value;
}

/** The error for a value that does not fit. */
export function unfit(name: string, value: string, why: string): ParamError {
  const shown = value.length > LONGEST_QUOTED ? `${value.slice(0, LONGEST_QUOTED)}…` : value;
  return new ParamError(`Parameter ${goQuote(name)} cannot be ${goQuote(shown)}: ${why}`);
}

function firstOf(checks: readonly ValueCheck[], value: string): string | undefined {
  for (const check of checks) {
    const right = check(value);
    if (right !== undefined) return right;
  }
  return undefined;
}

function lengthCheck({ max_length: most }: RawParam): ValueCheck {
  return (value) => (value.length > most ? `at most ${most} characters long` : undefined);
}

function noControls(value: string): string | undefined {
  return CONTROLS.test(value) ? 'one line of text, without control characters' : undefined;
}

function boundsOf({ type, min, max }: RawParam): ValueCheck[] {
  if (type !== 'integer' && type !== 'number') return [];
  return [
    (value) => (min !== undefined && Number(value) < min ? `at least ${min}` : undefined),
    (value) => (max !== undefined && Number(value) > max ? `at most ${max}` : undefined),
  ];
}

function amongCheck(values: readonly string[]): ValueCheck {
  const possible = new Set(values);
  return (value) => (possible.has(value) ? undefined : `one of ${values.slice(0, 20).map(goQuote).join(', ')}`);
}

function patternCheck(pattern: string): ValueCheck {
  const whole = compileWhole(pattern);
  return (value) => (whole.test(value) ? undefined : `a text that the pattern ${goQuote(pattern)} matches`);
}

/** A pattern that is right by itself can leave no group open, but a quotation: `\Q` needs no `\E` at the end. */
function compileWhole(pattern: string): GoRegexp {
  compileGoRegexp(pattern);
  try {
    return compileGoRegexp(`\\A(?:${pattern})\\z`);
  } catch {
    return compileGoRegexp(`\\A(?:${pattern}\\E)\\z`);
  }
}
