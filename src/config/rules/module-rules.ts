import type { ConfigError } from '../../values/config-error.js';
import type { RawModule } from '../../values/raw-config.js';
import { inside } from './at-most-one.js';
import { httpClientRules, httpLoginRules } from './http-client-rules.js';
import { httpRules } from './http-rules.js';
import { queryResponseRules } from './query-response-rules.js';
import { targetPolicyRules } from './target-policy-rules.js';
import { tlsConfigRules } from './tls-config-rules.js';

/** The prober blocks of a module. Upstream checks all of them, whichever prober the module has. */
export const BLOCKS = [
  'http',
  'tcp',
  'icmp',
  'dns',
  'grpc',
  'unix',
  'websocket',
  'nginx',
  'redis',
  'postgres',
  'mysql',
] as const;

/** All blocks of a module that have rules between their keys. */
export const RULED_BLOCKS = [...BLOCKS.filter((block) => block !== 'icmp'), 'target_policy'] as const;

/** Applies the rules between the keys of one block. Paths start at the block. */
export function* blockRules(module: RawModule, block: (typeof RULED_BLOCKS)[number]): Generator<ConfigError> {
  switch (block) {
    case 'http':
      yield* httpRules(module.http);
      return;
    case 'tcp':
    case 'unix':
      yield* streamRules(module[block]);
      return;
    case 'dns':
    case 'grpc':
    case 'redis':
    case 'postgres':
    case 'mysql':
      if (module[block] !== undefined) yield* inside('tls_config', tlsConfigRules(module[block].tls_config));
      return;
    case 'websocket':
      yield* inside('http_config', httpClientRules(module.websocket.http_config));
      yield* inside('query_response', queryResponseRules(module.websocket.query_response));
      return;
    case 'nginx':
      if (module.nginx !== undefined) yield* httpLoginRules(module.nginx);
      return;
    case 'target_policy':
      if (module[block] !== undefined) yield* targetPolicyRules(module[block]);
      return;
    default:
      return block satisfies never;
  }
}

function* streamRules(stream: RawModule['tcp'] | RawModule['unix']): Generator<ConfigError> {
  if (stream === undefined) return;
  yield* inside('query_response', queryResponseRules(stream.query_response));
  yield* inside('tls_config', tlsConfigRules(stream.tls_config));
}
