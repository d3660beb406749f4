import type { FlagDefinition } from '../flags/flag-definition.js';
import type { FlagValues } from '../flags/flag-values.js';
import type { WebOptions } from '../http/web-options.js';

/** The flags `--web.*` that all services have; `defaultAddress` is where this one listens if nothing is said. */
export function webFlags(defaultAddress: string): readonly FlagDefinition[] {
  return [
    {
      name: 'web.external-url',
      kind: 'value',
      shown: '<url>',
      help: 'URL under which the service is reached from outside, for example behind a reverse proxy. Its path is put before all routes. Made of the host name and the port if not given.',
    },
    {
      name: 'web.route-prefix',
      kind: 'value',
      shown: '<path>',
      help: 'Path below which all routes are. The path of --web.external-url if not given.',
    },
    {
      name: 'web.systemd-socket',
      kind: 'switch',
      help: 'Take the listening sockets from systemd (socket activation) in place of --web.listen-address.',
    },
    {
      name: 'web.listen-address',
      kind: 'repeatable',
      shown: defaultAddress,
      help: 'Address to listen on, such as `:9115`, `127.0.0.1:9115` or `[::1]:9115`. May be given several times.',
    },
    {
      name: 'web.config.file',
      kind: 'value',
      shown: '""',
      help: 'File with TLS, users, headers and rate limit of the service itself; see docs/web-config.md. Without it everybody is served over plain HTTP.',
    },
  ];
}

/** Reads the options of how the service is reached. */
export function readWebOptions(values: FlagValues, defaultAddress: string): WebOptions {
  return {
    listenAddresses: values.texts('web.listen-address', defaultAddress),
    externalUrl: values.text('web.external-url', ''),
    routePrefix: values.text('web.route-prefix', ''),
    configFile: values.text('web.config.file', ''),
    systemdSocket: values.isOn('web.systemd-socket'),
  };
}
