import { shownControls } from '../../../probe/report/shown-excerpt.js';
import { maskUrlPasswords } from '../../../values/masked-text.js';
import { LONGEST_SHOWN } from '../../../values/shown-text.js';

/** A probe that is to be repeated, watched or alerted on elsewhere. */
export interface CopiedProbe {
  readonly module: string;
  readonly target: string;
  readonly hostname?: string;
  /** The parameters that the module declares, as a query. */
  readonly params?: string;
  /** The URL of the first request for the target, if it is an http or https URL. */
  readonly url?: string;
  /** The URL of the service, with a slash at the end. */
  readonly serviceUrl: string;
  /** The file that has the module, where it is known. */
  readonly configFile?: string;
}

/** A text to be pasted elsewhere. */
export interface Copy {
  readonly title: string;
  readonly text: string;
}

/**
 * The probe as commands and as configuration, passwords masked. Undefined for a target that is no text to be pasted: it
 * has control characters, which a terminal would obey, or no end.
 */
export function copiesOf(probe: CopiedProbe): readonly Copy[] | undefined {
  const { module, target, hostname = '', configFile = '', params = '', url } = probe;
  if (![module, target, hostname, configFile, params].every(isPastable)) return undefined;
  const masked = { ...probe, target: maskUrlPasswords(target) };
  return [
    { title: 'curl, this probe', text: curlOfProbe(masked) },
    ...(url !== undefined && isPastable(url) ? [{ title: 'curl, the target itself', text: curlOfTarget(url) }] : []),
    { title: 'sonde probe', text: sondeProbe(masked) },
    { title: 'Scrape job', text: scrapeJob(masked) },
    { title: 'Alert rule', text: alertRule(masked) },
  ];
}

function isPastable(text: string): boolean {
  return text.length <= LONGEST_SHOWN && shownControls(text) === text && !text.includes('\n') && !text.includes('\t');
}

/** A word of a POSIX shell (XCU 2.2.2): between single quotes nothing but the next one has a meaning. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function curlOfProbe({ serviceUrl, module, target, hostname, params }: CopiedProbe): string {
  const query = new URLSearchParams({ target, module, ...(hostname !== undefined && { hostname }), debug: 'true' });
  for (const [name, value] of new URLSearchParams(params ?? '')) query.set(name, value);
  return `curl -sS ${shellWord(`${serviceUrl}probe?${query.toString()}`)}\n`;
}

/** A curl command for the target. `--globoff` makes curl take brackets and braces of the URL literally. */
function curlOfTarget(url: string): string {
  return `curl -v --globoff --max-time 10 ${shellWord(url)}\n`;
}

function sondeProbe({ module, target, hostname, params, configFile }: CopiedProbe): string {
  const flags = [
    ...(configFile === undefined ? [] : [`--config.file=${configFile}`]),
    ...(hostname === undefined ? [] : [`--hostname=${hostname}`]),
    ...[...new URLSearchParams(params ?? '')].map(([name, value]) => `--param=${name}=${value}`),
    `--module=${module}`,
  ];
  return `sonde probe ${[...flags, '--', target].map(shellWord).join(' ')}\n`;
}

/** A scrape job as YAML. Values stand between double quotes, in which YAML 1.2 has the escapes of JSON. */
function scrapeJob({ serviceUrl, module, target, hostname, params }: CopiedProbe): string {
  const { protocol, host, pathname } = new URL(serviceUrl);
  const address = /:\d+$/.test(host) ? host : `${host}:${protocol === 'https:' ? 443 : 80}`;
  const others = [...(hostname === undefined ? [] : [['hostname', hostname]]), ...new URLSearchParams(params ?? '')];
  const lines = others.map(([name, value]) => `\n      ${JSON.stringify(name)}: [${JSON.stringify(value)}]`).join('');
  return `scrape_configs:
  - job_name: sonde
    scheme: ${protocol.slice(0, -1)}
    metrics_path: ${JSON.stringify(`${pathname}probe`)}
    params:
      module: [${JSON.stringify(module)}]${lines}
    static_configs:
      - targets: [${JSON.stringify(target)}]
    relabel_configs:
      - source_labels: [__address__]
        target_label: __param_target
      - source_labels: [__param_target]
        target_label: instance
      - source_labels: [__param_module]
        target_label: module
      - target_label: __address__
        replacement: ${JSON.stringify(address)}
`;
}

/** PromQL has the escapes of Go, and those of JSON are among them. */
function alertRule({ module, target }: CopiedProbe): string {
  const series = `probe_success{instance=${JSON.stringify(target)}, module=${JSON.stringify(module)}}`;
  return `groups:
  - name: sonde
    rules:
      - alert: TargetDown
        expr: ${JSON.stringify(`${series} == 0`)}
        for: 2m
        labels:
          severity: critical
        annotations:
          summary: "{{ $labels.instance }} is down by module {{ $labels.module }}"
`;
}
