import type { ModuleSource } from './compile-module.js';
import { describeModule } from './describe-module.js';
import { compareNaturally } from './natural-order.js';
import type { PolicySource } from './read-config.js';
import type { Shape } from './schema/shape.js';
import { isMap, writeYaml, type YamlMap } from './yaml/write-yaml.js';

/** The style of /config. */
const CONFIG_STYLE = { indent: 4, indentLists: true };

/** What /config shows. */
export interface RenderedConfig {
  readonly modules: readonly ModuleSource[];
  readonly policy: PolicySource | undefined;
  readonly moduleShape: Shape;
}

/**
 * Renders a configuration as one YAML document, modules in the order of their names, with defaults and with secrets
 * masked.
 */
export function renderConfig({ modules, policy, moduleShape }: RenderedConfig): string {
  const sorted = modules.toSorted((a, b) => compareNaturally(a.name, b.name));
  const described = new Map(
    sorted.map(({ name, given, shown = given }) => [name, describeModule(shown, moduleShape)] as const),
  );
  const shown = new Map<string, YamlMap>([['modules', described]]);
  // A module may have the same block, so it is described as if one did.
  if (policy !== undefined) {
    for (const [key, value] of describeModule({ target_policy: policy.given }, onlyPolicy(moduleShape))) {
      if (isMap(value)) shown.set(key, value);
    }
  }
  return writeYaml(shown, CONFIG_STYLE);
}

function onlyPolicy(moduleShape: Shape): Shape {
  if (moduleShape.kind !== 'struct') return moduleShape;
  return {
    ...moduleShape,
    properties: new Map([...moduleShape.properties].filter(([key]) => key === 'target_policy')),
  };
}
