import type { PathStep } from '../../values/config-error.js';
import type { RawParam } from '../../values/raw-config.js';
import type { ModuleTemplate, ParamValues } from './module-template.js';
import type { DeclaredParam } from './read-params.js';

const SAMPLES: Readonly<Record<Exclude<RawParam['type'], 'enum'>, string>> = {
  string: 'x',
  integer: '1',
  number: '1',
  boolean: 'true',
  host: 'example.com',
  port: '80',
  duration: '1s',
  path: '/',
};

/**
 * Values with which a template is checked when it is loaded: the defaults, the first of an enum, and something of its
 * type for a parameter that each request must give.
 */
export function sampleValues({ params }: ModuleTemplate): ParamValues {
  return new Map(
    params.flatMap((param) => {
      const value = sampleOf(param);
      return value === undefined ? [] : [[param.name, value] as const];
    }),
  );
}

/** Whether a mistake at this path is independent of the parameters' values: no sample value is part of it. */
export function isCertain(template: ModuleTemplate, path: readonly PathStep[]): boolean {
  const names = template.paramsAt(path);
  return template.params.every((param) => isKnown(param) || !names.includes(param.name));
}

/** Whether the whole module is checked with values that a request can have. */
export function isWhollyCertain({ params }: ModuleTemplate): boolean {
  return params.every(isKnown);
}

function isKnown(param: DeclaredParam): boolean {
  return param.defaultText !== undefined || !param.required;
}

function sampleOf({ type, required, defaultText }: DeclaredParam): string | undefined {
  if (defaultText !== undefined || !required) return defaultText;
  return type === 'enum' ? 'x' : SAMPLES[type];
}
