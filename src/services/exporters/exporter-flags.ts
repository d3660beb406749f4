import { COMMON_FLAGS, type FlagDefinition, type ParsedFlags } from '../../flags/flag-definition.js';
import { FlagValues } from '../../flags/flag-values.js';
import { LOG_FLAGS, readLogOptions } from '../log-flags.js';
import { readWebOptions, webFlags } from '../web-flags.js';
import type { ExporterOptions } from './exporter-options.js';
import type { ServerExporter } from './server-exporter.js';
import { readUnserved, unservedDefinitions } from './unserved-flags.js';

/** The flag for the path of the metrics, which every exporter has. */
const TELEMETRY_FLAG: FlagDefinition = {
  name: 'web.telemetry-path',
  kind: 'value',
  shown: '"/metrics"',
  help: 'Path of the metrics.',
};

/** The flags of the command of an exporter: upstream's, and those that all services have. */
export function exporterFlags({ flags, unserved, standardAddress, envars }: ServerExporter): readonly FlagDefinition[] {
  const shared = [TELEMETRY_FLAG, ...webFlags(standardAddress), ...LOG_FLAGS].map((flag) => {
    const envar = envars.get(flag.name);
    return envar === undefined ? flag : { ...flag, envar };
  });
  return [...COMMON_FLAGS.slice(0, 1), ...flags, ...shared, ...unservedDefinitions(unserved), ...COMMON_FLAGS.slice(1)];
}

/** The options of an exporter from its command line; throws UsageError for a bad value, and for what must be served. */
export function readExporterOptions(exporter: ServerExporter, flags: ParsedFlags): ExporterOptions {
  const values = new FlagValues(flags);
  const settings = exporter.read(values);
  return {
    exporter,
    ...settings,
    warnings: [...readUnserved(flags, exporter.unserved), ...(settings.warnings ?? [])],
    telemetryPath: values.text('web.telemetry-path', '/metrics'),
    web: { ...readWebOptions(values, exporter.standardAddress), ...(settings.access && { given: settings.access }) },
    ...readLogOptions(values),
    ...settings.log,
  };
}
