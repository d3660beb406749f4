import type { WebOptions } from '../server/web-options.js';
import type { FlagDefinition } from './flag-definition.js';
import { UsageError } from './flag-definition.js';
import type { FlagValues } from './flag-values.js';

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
      help: 'Not supported yet: take the listening sockets from systemd.',
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
      help: 'Not supported yet: file with TLS and user settings of the service itself.',
    },
  ];
}

/** How the service is reached; throws UsageError for what is not built. */
export function readWebOptions(values: FlagValues, defaultAddress: string): WebOptions {
  refuseUnsupported(values);
  return {
    listenAddresses: values.texts('web.listen-address', defaultAddress),
    externalUrl: values.text('web.external-url', ''),
    routePrefix: values.text('web.route-prefix', ''),
  };
}

/** A service that ignored these would be open where its owner thinks it is closed. */
function refuseUnsupported(values: FlagValues): void {
  if (values.text('web.config.file', '') !== '') {
    throw new UsageError(
      "flag '--web.config.file' is not supported yet: this version of Sonde serves plain HTTP without users",
    );
  }
  if (values.isOn('web.systemd-socket')) {
    throw new UsageError("flag '--web.systemd-socket' is not supported yet: use --web.listen-address");
  }
}
