import { isGoBool } from '../../../flags/environment.js';
import type { UnservedFlag } from '../unserved-flags.js';
import { envarOf } from './redis-envars.js';

const refuse = (names: string, kind: 'value' | 'switch', reason: string): readonly UnservedFlag[] =>
  names.split(' ').map((name) => ({
    ...{ name, envar: envarOf(name), kind, does: 'refuse', reason },
    ...(kind === 'switch' && { saysAnything: isGoBool }),
  }));

/** The flags of redis_exporter 1.86 that are not served; each is refused where it asks for something. */
export const REDIS_UNSERVED: readonly UnservedFlag[] = [
  ...refuse(
    'include-config-metrics',
    'switch',
    'six settings are read, since all of them would have passwords in them',
  ),
  ...refuse('include-rdb-file-size-metric', 'switch', 'the file of the server is not looked for'),
  ...refuse('include-sentinel-peer-info', 'switch', 'the peers of a sentinel are counted only'),
  ...refuse('append-instance-role-label', 'switch', 'the role is the label of redis_instance_info only'),
  ...refuse('ping-on-connect', 'switch', 'the answer to INFO shows that the server answers'),
  ...refuse('include-go-runtime-metrics', 'switch', 'there is no Go; nodejs_… tell of the process'),
  // They are on by default, and nothing here can turn them off.
  ...['set-client-name', 'redact-config-metrics'].map((name): UnservedFlag => ({
    ...{ name, envar: envarOf(name), kind: 'switch', does: 'refuse', isOn: true, saysAnything: isGoBool },
    reason: name === 'set-client-name' ? 'the connection is called sonde' : 'settings with passwords are not read',
  })),
  ...refuse('namespace', 'value', 'the metrics are called redis_…'),
];
