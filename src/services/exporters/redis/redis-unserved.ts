import { isGoBool } from '../../../flags/environment.js';
import type { UnservedFlag } from '../unserved-flags.js';
import { envarOf } from './redis-envars.js';

/** A switch that is off by default, or `isOn`. */
const unserved = (
  does: UnservedFlag['does'],
  name: string,
  reason: string,
  more: Pick<UnservedFlag, 'isOn'> = {},
): UnservedFlag => ({
  ...{ name, envar: envarOf(name), kind: 'switch', does, reason, saysAnything: isGoBool },
  ...more,
});

const ON = { isOn: true } as const;

/** The flags of redis_exporter 1.86 that are not served. */
export const REDIS_UNSERVED: readonly UnservedFlag[] = [
  unserved('refuse', 'include-config-metrics', 'six settings are read, since all of them would have passwords in them'),
  unserved('refuse', 'include-rdb-file-size-metric', 'the file of the server is not looked for'),
  unserved('refuse', 'include-sentinel-peer-info', 'the peers of a sentinel are counted only'),
  unserved('refuse', 'append-instance-role-label', 'the role is the label of redis_instance_info only'),
  unserved('pass', 'ping-on-connect', 'the answer to INFO shows that the server answers'),
  unserved('warn', 'include-go-runtime-metrics', 'there is no Go; nodejs_… tell of the process'),
  unserved('warn', 'set-client-name', 'the connection is called sonde, where the server allows it', ON),
  unserved('refuse', 'redact-config-metrics', 'settings with passwords are not read', ON),
];
