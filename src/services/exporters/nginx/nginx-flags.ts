import { type FlagDefinition, UsageError } from '../../../flags/flag-definition.js';
import type { FlagValues } from '../../../flags/flag-values.js';
import { escapeName } from '../../../metrics/escape-name.js';
import type { Label } from '../../../metrics/metric-family.js';
import { moduleTimeout } from '../module-timeout.js';
import type { ExporterSettings } from '../server-exporter.js';
import { assertTlsFiles } from '../tls-files.js';
import type { UnservedFlag } from '../unserved-flags.js';
import { loginOptions, planPages, type StatusPage } from './nginx-pages.js';

const DEFAULT_URI = 'http://127.0.0.1:8080/stub_status';
const DEFAULT_TIMEOUT_SECONDS = 5;

const file = (name: string, help: string, envar: string): FlagDefinition => ({
  ...{ name, kind: 'value', shown: '""', help, envar },
});

/** The flags of nginx-prometheus-exporter that are served, with its environment variables. */
export const NGINX_FLAGS: readonly FlagDefinition[] = [
  {
    name: 'nginx.scrape-uri',
    kind: 'repeatable',
    shown: DEFAULT_URI,
    help: 'The page of stub_status: a URL, or `unix:/path:/page`. May have a user and a password. May be given several times; each then has a label addr.',
    envar: 'SCRAPE_URI',
  },
  { name: 'nginx.ssl-verify', kind: 'switch', help: 'Verify the certificate of the page.', envar: 'SSL_VERIFY' },
  file('nginx.ssl-ca-cert', 'PEM file with the authorities of the page.', 'SSL_CA_CERT'),
  file('nginx.ssl-client-cert', 'PEM file with the certificate to show.', 'SSL_CLIENT_CERT'),
  file('nginx.ssl-client-key', 'PEM file with its key.', 'SSL_CLIENT_KEY'),
  {
    name: 'nginx.timeout',
    kind: 'value',
    shown: '5s',
    help: 'How long one scrape of the page may take.',
    envar: 'TIMEOUT',
  },
  {
    name: 'prometheus.const-label',
    kind: 'repeatable',
    shown: '<label=value>',
    help: 'A label for every metric of NGINX. May be given several times.',
    envar: 'CONST_LABELS',
  },
  {
    name: 'web.nginx-metrics-only',
    kind: 'switch',
    help: 'Leave out what the service says about itself: process_*, nodejs_* and others.',
    envar: 'NGINX_METRICS_ONLY',
  },
];

/** The flags of nginx-prometheus-exporter 1.5 that are not served. */
export const NGINX_UNSERVED: readonly UnservedFlag[] = [
  {
    name: 'nginx.plus',
    kind: 'switch',
    envar: 'NGINX_PLUS',
    does: 'refuse',
    reason: 'the API of NGINX Plus is not read, only stub_status is',
  },
  {
    name: 'nginx.proxy-protocol',
    kind: 'switch',
    envar: 'PROXY_PROTOCOL',
    does: 'refuse',
    reason: 'the page is asked for without the PROXY protocol; give it a listener of its own',
  },
];

/** Reads the values of the flags; throws UsageError. */
export function readNginxSettings(values: FlagValues): ExporterSettings {
  const labels = lastOfEach(values.given('prometheus.const-label').map(readLabel));
  assertDistinct(labels);
  const uris = values.texts('nginx.scrape-uri', DEFAULT_URI);
  if (uris.length > 1 && labels.some(({ name }) => name === 'addr')) {
    throw new UsageError("the label addr of '--prometheus.const-label' is that of several --nginx.scrape-uri");
  }
  const timeoutSeconds = values.duration('nginx.timeout', DEFAULT_TIMEOUT_SECONDS);
  const [cert, key] = [values.text('nginx.ssl-client-cert', ''), values.text('nginx.ssl-client-key', '')];
  // Upstream shows a certificate only if it has both.
  const own = cert !== '' && key !== '' ? { cert_file: cert, key_file: key } : {};
  const files = { ca_file: values.text('nginx.ssl-ca-cert', ''), ...own };
  const moduleFor = (page: StatusPage): unknown => ({
    prober: 'nginx',
    timeout: moduleTimeout(timeoutSeconds),
    nginx: {
      preferred_ip_protocol: 'ip4',
      ...loginOptions(page),
      tls_config: {
        insecure_skip_verify: !values.isOn('nginx.ssl-verify'),
        ...files,
      },
    },
  });
  const plan = planPages(uris, labels, moduleFor);
  return {
    withOwnMetrics: !values.isOn('web.nginx-metrics-only'),
    leftOut: new Set(),
    isReloadable: false,
    plan: async () => {
      await assertTlsFiles(files);
      return plan;
    },
  };
}

/** Of a name that is given twice the last value counts, as upstream; a scrape with both would be refused. */
function lastOfEach(labels: readonly Label[]): readonly Label[] {
  return [...new Map(labels.map((label) => [label.name, label])).values()];
}

/** Scrapers that do not know UTF-8 names would refuse every series that has one label twice. */
function assertDistinct(labels: readonly Label[]): void {
  const known = new Map<string, string>();
  for (const { name } of labels) {
    const escaped = escapeName(name, 'underscores');
    const other = known.get(escaped);
    if (other !== undefined) {
      const both = `the labels ${JSON.stringify(other)} and ${JSON.stringify(name)}`;
      throw new UsageError(`${both} have one name for scrapers that do not know UTF-8: ${escaped}`);
    }
    known.set(escaped, name);
  }
}

/** Any name that Prometheus 3 takes; scrapers that do not know UTF-8 names get an escaped one. */
function readLabel(text: string): Label {
  const [, name, value = ''] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
  if (name !== undefined && !name.startsWith('__')) return { name, value };
  throw new UsageError(
    `invalid value for flag '--prometheus.const-label': expected label=value, got ${JSON.stringify(text.slice(0, 80))}`,
  );
}
