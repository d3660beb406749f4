import { readShape, type Shape } from './shape.js';

/** The shape of a configuration file. */
export const CONFIG_SHAPE = readShape('blackbox.schema.json');

/** The shape of one module in it. */
export const MODULE_SHAPE = moduleShapeOf(CONFIG_SHAPE);

function moduleShapeOf(config: Shape): Shape {
  const modules = config.kind === 'struct' ? config.properties.get('modules') : undefined;
  if (modules?.kind !== 'map') throw new Error('Cannot find the modules in blackbox.schema.json');
  return modules.values;
}
