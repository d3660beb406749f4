import type { ModuleSource } from './compile-module.js';
import { describeModule } from './describe-module.js';
import { compareNaturally } from './natural-order.js';
import type { Shape } from './schema/shape.js';
import { writeYaml } from './yaml/write-yaml.js';

/** The style of /config. */
const CONFIG_STYLE = { indent: 4, indentLists: true };

/** Renders modules as one YAML document, in the order of their names, with defaults and with secrets masked. */
export function renderConfig(modules: readonly ModuleSource[], moduleShape: Shape): string {
  const sorted = modules.toSorted((a, b) => compareNaturally(a.name, b.name));
  const described = new Map(sorted.map(({ name, given }) => [name, describeModule(given, moduleShape)] as const));
  return writeYaml(new Map([['modules', described]]), CONFIG_STYLE);
}
