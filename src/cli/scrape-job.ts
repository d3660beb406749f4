/** The forms in which a job can be written. */
export const JOB_FORMS = ['sd', 'relabel', 'probe', 'scrapeconfig'] as const;

/** One of these forms. */
export type JobForm = (typeof JOB_FORMS)[number];

/** The settings of a generated scrape job. */
export interface JobOptions {
  readonly form: JobForm;
  /** The URL at which Prometheus reaches Sonde. */
  readonly url: URL;
  readonly job: string;
  readonly module: string;
  /** The query of /sd: "", or as in `?shard=1&of=4`. */
  readonly shard: string;
  readonly targets: readonly string[];
}

/**
 * The job as YAML: a part of prometheus.yml, or a resource for the Prometheus operator. In each form the metrics have
 * the label `module`, as rules and dashboards need it.
 */
export function scrapeJob(options: JobOptions): string {
  return FORMS[options.form](options);
}

const FORMS: Readonly<Record<JobForm, (options: JobOptions) => string>> = {
  sd: ({ url, job, shard }) => `scrape_configs:
  - job_name: ${text(job)}
    http_sd_configs:
      - url: ${text(below(url, 'sd') + shard)}
`,
  relabel: ({ url, job, module, targets }) => `scrape_configs:
  - job_name: ${text(job)}
    scheme: ${schemeOf(url)}
    metrics_path: ${text(probePath(url))}
    params:
      module: [${text(module)}]
    static_configs:
      - targets:
${listOf(targets, 10)}    relabel_configs:
      - source_labels: [__address__]
        target_label: __param_target
      - source_labels: [__param_target]
        target_label: instance
      - source_labels: [module] # of targets that have one of their own
        regex: (.+)
        target_label: __param_module
      - source_labels: [__param_module]
        target_label: module
      - target_label: __address__
        replacement: ${text(url.host)}
`,
  probe: ({ url, job, module, targets }) => `apiVersion: monitoring.coreos.com/v1
kind: Probe
metadata:
  name: ${text(resourceName(job))}
spec:
  jobName: ${text(job)}
  prober:
    url: ${text(url.host)}
    scheme: ${schemeOf(url)}
    path: ${text(probePath(url))}
  module: ${text(module)}
  targets:
    staticConfig:
      labels:
        module: ${text(module)}
      static:
${listOf(targets, 8)}`,
  scrapeconfig: ({ url, job, shard }) => `apiVersion: monitoring.coreos.com/v1alpha1
kind: ScrapeConfig
metadata:
  name: ${text(resourceName(job))}
spec:
  jobName: ${text(job)}
  httpSDConfigs:
    - url: ${text(below(url, 'sd') + shard)}
`,
};

/** Words that YAML, or YAML 1.1, takes for something else than a text. */
const NO_TEXTS = /^(?:y|n|yes|no|on|off|true|false|null)$/;
const PLAIN = /^[a-z][a-z0-9_-]*$|^https?:\/\/[\w.:/?=&-]+$|^\/[\w/-]+$|^[a-z][\w.-]*:\d+$/;

/** A JSON text is a YAML text; a plain one is easier to read where it means the same. */
function text(value: string): string {
  return PLAIN.test(value) && !NO_TEXTS.test(value) ? value : JSON.stringify(value);
}

function listOf(targets: readonly string[], indent: number): string {
  const all = targets.length === 0 ? ['https://example.com'] : targets;
  return all.map((target) => `${' '.repeat(indent)}- ${text(target)}\n`).join('');
}

function schemeOf({ protocol }: URL): string {
  return protocol.slice(0, -1);
}

function probePath({ pathname }: URL): string {
  return `${withSlash(pathname)}probe`;
}

function below({ origin, pathname }: URL, name: string): string {
  return `${origin}${withSlash(pathname)}${name}`;
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

/** Names of resources are those of RFC 1123. */
function resourceName(job: string): string {
  const words = job
    .toLowerCase()
    .slice(0, 63)
    .split(/[^a-z0-9]/);
  return words.filter((word) => word !== '').join('-') || 'sonde';
}
