import type { Steps } from '../values/in-slices.js';
import { sortedInSteps } from '../values/lists/sorted-in-steps.js';
import type { ModuleSource } from './compile-module.js';
import { describeModule } from './describe-module.js';
import { compareNaturally } from './natural-order.js';
import type { PolicySource } from './read-config.js';
import type { Shape } from './schema/shape.js';
import { isMap, writeYaml, type YamlMap } from './yaml/write-yaml.js';

/** The style of /config. */
const CONFIG_STYLE = { indent: 4, indentLists: true };

/** The data that /config renders. */
export interface RenderedConfig {
  readonly modules: readonly ModuleSource[];
  readonly policy: PolicySource | undefined;
  readonly moduleShape: Shape;
}

/**
 * Renders a configuration as one YAML document, modules in the order of their names, with defaults and with secrets
 * masked. There may be thousands of modules: each is a piece, and empty pieces are pauses before the first.
 */
export function* renderConfig({ modules, policy, moduleShape }: RenderedConfig): Generator<string> {
  if (modules.length === 0) yield writeYaml(new Map([['modules', new Map()]]), CONFIG_STYLE);
  const sorted = yield* withPauses(sortedInSteps(modules, (a, b) => compareNaturally(a.name, b.name)));
  for (const [index, { name, given, shown = given }] of sorted.entries()) {
    const text = inModules(new Map([[name, describeModule(shown, moduleShape)]]));
    yield index === 0 ? text : text.slice(HEAD.length);
  }
  // A module may have the same block, so it is described as if one did.
  if (policy === undefined) return;
  for (const [key, value] of describeModule({ target_policy: policy.given }, onlyPolicy(moduleShape))) {
    if (isMap(value)) yield writeYaml(new Map([[key, value]]), CONFIG_STYLE);
  }
}

const HEAD = 'modules:\n';

function inModules(modules: YamlMap): string {
  return writeYaml(new Map([['modules', modules]]), CONFIG_STYLE);
}

function* withPauses<T>(steps: Steps<T>): Generator<string, T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield '';
  }
}

function onlyPolicy(moduleShape: Shape): Shape {
  if (moduleShape.kind !== 'struct') return moduleShape;
  return {
    ...moduleShape,
    properties: new Map([...moduleShape.properties].filter(([key]) => key === 'target_policy')),
  };
}
