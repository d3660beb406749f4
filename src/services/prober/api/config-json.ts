import { HttpError } from '../../../http/answers/http-reply.js';
import type { Exchange, Route } from '../../../http/exchange.js';
import type { ProbeModule } from '../../../probe/probe-module.js';
import type { Clock } from '../../../values/clock.js';
import type { ConfigSource } from '../config-source.js';
import { sendList, sendObject } from './api-answer.js';
import { readApiQuery } from './api-parameters.js';
import { shortened } from './probes-json.js';
import { timeText } from './time-text.js';

/** The API's source of the configuration. */
export interface ApiConfig {
  readonly config: ConfigSource;
  readonly clock: Clock;
}

/** `GET /api/v1/modules`: the modules that can be probed with, in the order of the configuration. */
export function modulesRoute({ config, clock }: ApiConfig): Route {
  return async (exchange) => {
    readApiQuery(exchange.query, []);
    const { modules } = config.current();
    const head = { version: 1, time: timeText(clock.wallSeconds()), total: modules.size };
    await sendList(exchange, { head, key: 'modules', items: modules.values(), toJson: moduleJson });
  };
}

/** `GET /api/v1/modules/NAME`: one module with all its options, defaults included and secrets masked. */
export function moduleRoute({ config }: ApiConfig): (exchange: Exchange, name: string) => Promise<void> {
  return async (exchange, name) => {
    readApiQuery(exchange.query, []);
    const module = config.current().modules.get(name);
    if (module === undefined) throw new HttpError(404, `there is no module ${shortened(name)}`);
    await sendObject(exchange, { version: 1, ...moduleJson(module), yaml: module.describe() });
  };
}

function moduleJson({ name, prober, base, timeoutSeconds, params }: ProbeModule) {
  return {
    ...{ name, prober },
    ...(base !== undefined && { extends: base }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    ...(params !== undefined && { params: params.declared }),
  };
}

/** `GET /api/v1/config`: which files are in force, how the last reload went, and what is wrong with them. */
export function configStateRoute({ config, clock }: ApiConfig): Route {
  return async (exchange) => {
    readApiQuery(exchange.query, []);
    const { modules, warnings, faults } = config.current();
    await sendObject(exchange, {
      version: 1,
      time: timeText(clock.wallSeconds()),
      lastReload: {
        success: config.lastReloadSuccessful,
        lastSuccess: timeText(config.lastReloadSuccessSeconds),
      },
      modules: modules.size,
      files: config.files.map(({ file, sha256, problem }) => ({
        file,
        ...(sha256 !== undefined && { sha256 }),
        ...(problem !== undefined && { problem }),
      })),
      faults,
      warnings,
    });
  };
}
