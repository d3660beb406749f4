import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import t from 'tap';
import { COMMANDS } from '../src/cli/run-command.js';
import { REPOSITORY, startSonde } from './helpers/peer.js';
import { httpGet } from './helpers/services/http-get.js';

// The manifests are held against a table of our own, of the keys that they use; that needs nothing else. The schemas of
// Kubernetes and of the Prometheus operator are megabytes: interop/whole/kubernetes-models.test.ts has them.

const FOLDER = join(REPOSITORY, 'deploy/kubernetes');

/** What a key may hold: a kind of value, or keys of its own; a list of one is a list of such. '*' is for any key. */
type Shape = 'text' | 'number' | 'switch' | readonly [Shape] | { readonly [key: string]: Shape };

const LABELS: Shape = { '*': 'text' };
const SELECTOR: Shape = { matchLabels: LABELS };
const METADATA: Shape = { name: 'text', labels: LABELS };
const HTTP_PROBE: Shape = {
  ...{ httpGet: { path: 'text', port: 'text' }, periodSeconds: 'number' },
  ...{ timeoutSeconds: 'number', failureThreshold: 'number' },
};
const CONTAINER: Shape = {
  ...{ name: 'text', image: 'text', args: ['text'], env: [{ name: 'text', value: 'text' }] },
  ports: [{ name: 'text', containerPort: 'number' }],
  ...{ startupProbe: HTTP_PROBE, livenessProbe: HTTP_PROBE, readinessProbe: HTTP_PROBE },
  resources: { requests: { cpu: 'text', memory: 'text' }, limits: { memory: 'text' } },
  securityContext: {
    allowPrivilegeEscalation: 'switch',
    readOnlyRootFilesystem: 'switch',
    capabilities: { drop: ['text'] },
  },
  volumeMounts: [{ name: 'text', mountPath: 'text', readOnly: 'switch' }],
};
const POD: Shape = {
  ...{ automountServiceAccountToken: 'switch', enableServiceLinks: 'switch', terminationGracePeriodSeconds: 'number' },
  securityContext: {
    ...{ runAsNonRoot: 'switch', runAsUser: 'number', runAsGroup: 'number', fsGroup: 'number' },
    ...{ seccompProfile: { type: 'text' }, sysctls: [{ name: 'text', value: 'text' }] },
  },
  topologySpreadConstraints: [
    { maxSkew: 'number', topologyKey: 'text', whenUnsatisfiable: 'text', labelSelector: SELECTOR },
  ],
  containers: [CONTAINER],
  volumes: [
    {
      name: 'text',
      configMap: { name: 'text' },
      secret: { secretName: 'text', items: [{ key: 'text', path: 'text' }] },
    },
  ],
};
const WORKLOAD: Shape = {
  ...{ replicas: 'number', serviceName: 'text', podManagementPolicy: 'text', selector: SELECTOR },
  template: { metadata: { labels: LABELS }, spec: POD },
};
const PEER: Shape = { namespaceSelector: SELECTOR, podSelector: { matchLabels: LABELS } };
const POLICY_PORTS: Shape = [{ protocol: 'text', port: 'text' }];
const RELABEL: Shape = [{ action: 'text', sourceLabels: ['text'], regex: 'text' }];

const KINDS: Readonly<Record<string, Shape>> = {
  'v1 Namespace': {},
  'v1 ConfigMap': { data: { '*': 'text' } },
  'v1 Service': {
    spec: {
      ...{ clusterIP: 'text', publishNotReadyAddresses: 'switch', selector: LABELS },
      ports: [{ name: 'text', port: 'number', targetPort: 'text' }],
    },
  },
  'apps/v1 StatefulSet': { spec: WORKLOAD },
  'apps/v1 Deployment': { spec: WORKLOAD },
  'policy/v1 PodDisruptionBudget': { spec: { maxUnavailable: 'number', selector: SELECTOR } },
  'networking.k8s.io/v1 NetworkPolicy': {
    spec: {
      ...{ podSelector: SELECTOR, policyTypes: ['text'] },
      ingress: [{ from: [PEER], ports: POLICY_PORTS }],
      egress: [{ to: [PEER], ports: POLICY_PORTS }],
    },
  },
  'monitoring.coreos.com/v1 PodMonitor': {
    spec: {
      selector: SELECTOR,
      podMetricsEndpoints: [{ port: 'text', path: 'text', interval: 'text', metricRelabelings: RELABEL }],
    },
  },
  'monitoring.coreos.com/v1 Probe': {
    spec: {
      ...{ jobName: 'text', interval: 'text', scrapeTimeout: 'text', module: 'text' },
      ...{ prober: { url: 'text', path: 'text' }, targets: { staticConfig: { static: ['text'] } } },
    },
  },
  'monitoring.coreos.com/v1alpha1 ScrapeConfig': {
    spec: {
      ...{ jobName: 'text', scrapeInterval: 'text', honorLabels: 'switch', metricRelabelings: RELABEL },
      ...{ staticConfigs: [{ targets: ['text'] }], httpSDConfigs: [{ url: 'text' }] },
    },
  },
};

/** The places at which a value has another shape. */
function faults(value: unknown, shape: Shape, place: string): readonly string[] {
  if (shape === 'text') return typeof value === 'string' || place.endsWith('.port') ? [] : [`${place}: no text`];
  if (shape === 'number') return typeof value === 'number' ? [] : [`${place}: no number`];
  if (shape === 'switch') return typeof value === 'boolean' ? [] : [`${place}: no boolean`];
  if (isList(shape)) {
    return Array.isArray(value)
      ? value.flatMap((item, at) => faults(item, shape[0], `${place}[${at}]`))
      : [`${place}: no list`];
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${place}: no object`];
  return Object.entries(value).flatMap(([key, member]) => {
    const known = shape[key] ?? shape['*'];
    return known === undefined ? [`${place}.${key}: unknown`] : faults(member, known, `${place}.${key}`);
  });
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: object;
  readonly resources: { readonly requests?: object; readonly limits?: object };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly startupProbe: HttpProbe;
  readonly livenessProbe: HttpProbe;
  readonly readinessProbe: HttpProbe;
}
interface HttpProbe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
interface Workload {
  readonly replicas: number;
  readonly serviceName?: string;
  readonly selector: { readonly matchLabels: object };
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: {
      readonly containers: readonly [Container];
      readonly securityContext: object;
      readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
    };
  };
}
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  // Its form is what the first test holds.
  readonly spec: never;
}

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
const all = files.flatMap((name) => loadAll(readFileSync(join(FOLDER, name), 'utf8')) as Manifest[]);
const ofKind = (...kinds: string[]): readonly Manifest[] => all.filter(({ kind }) => kinds.includes(kind));
const workloads = ofKind('StatefulSet', 'Deployment').map(({ metadata, spec }) => ({
  ...metadata,
  ...(spec as Workload),
}));
const labelsOfPods = workloads.map(({ template }) => template.metadata.labels);
const selects = (wanted: object): boolean => labelsOfPods.some((labels) => isWithin(wanted, labels));

function isWithin(wanted: object, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

t.test('every key is known and has the right kind of value', async (t) => {
  t.ok(all.length > 10);
  for (const { apiVersion, kind, metadata, ...rest } of all) {
    const shape = KINDS[`${apiVersion} ${kind}`];
    if (shape === undefined) t.fail(`${apiVersion} ${kind} is not in the table`);
    else
      t.same([...faults(rest, shape, kind), ...faults(metadata, METADATA, 'metadata')], [], `${kind} ${metadata.name}`);
  }
  t.same(new Set(all.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).size, all.length, 'names are there once');
  const { resources } = load(readFileSync(join(FOLDER, 'kustomization.yaml'), 'utf8')) as { resources: string[] };
  t.same([...resources].sort(), files.sort(), 'kustomization.yaml has all files');
});

t.test('selectors find pods, ports and volumes are there', async (t) => {
  for (const { name, selector, template, serviceName } of workloads) {
    t.ok(isWithin(selector.matchLabels, template.metadata.labels), `${name} has its own pods`);
    const [container] = template.spec.containers;
    for (const mount of container.volumeMounts) {
      const volume = template.spec.volumes.find((each) => each.name === mount.name);
      const map = volume?.configMap?.name;
      t.ok(
        volume !== undefined &&
          (map === undefined || ofKind('ConfigMap').some(({ metadata }) => metadata.name === map)),
        mount.name,
      );
    }
    if (serviceName !== undefined) t.ok(ofKind('Service').some(({ metadata }) => metadata.name === serviceName));
  }
  for (const { spec, metadata } of ofKind('Service')) {
    const { selector, ports } = spec as { selector: object; ports: { targetPort: string; port: number }[] };
    const [found] = workloads.filter(({ template }) => isWithin(selector, template.metadata.labels));
    const [container] = found?.template.spec.containers ?? [];
    for (const { targetPort, port } of ports)
      t.match(container?.ports, [{ name: targetPort, containerPort: port }], metadata.name);
  }
  for (const { spec, kind, metadata } of ofKind('NetworkPolicy', 'PodMonitor', 'PodDisruptionBudget')) {
    const { podSelector, selector = podSelector } = spec as { podSelector?: object; selector?: object };
    t.ok(selects((selector as { matchLabels: object }).matchLabels), `${kind} ${metadata.name}`);
  }
});

t.test('pods have no rights, and what they need is said', async (t) => {
  for (const { name, template } of workloads) {
    const { containers, securityContext } = template.spec;
    const [container] = containers;
    t.match(securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }, name);
    const none = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
    t.match(container.securityContext, none, name);
    t.match(container.resources, { requests: { cpu: String, memory: String }, limits: { memory: String } }, name);
  }
});

t.test('each pod of the StatefulSet is asked for its share', async (t) => {
  const [prober] = workloads.filter(({ serviceName }) => serviceName !== undefined);
  const urls = ofKind('ScrapeConfig').flatMap(
    ({ spec }) => (spec as { httpSDConfigs?: { url: string }[] }).httpSDConfigs ?? [],
  );
  const { name = '', replicas = 0, serviceName = '' } = prober ?? {};
  t.ok(replicas > 1);
  t.same(
    urls.map(({ url }) => url),
    Array.from({ length: replicas }, (_, index) => {
      return `http://${name}-${index}.${serviceName}.sonde.svc:9115/sd?shard=${index + 1}&of=${replicas}`;
    }),
  );
});

t.test('commands start as they are written there, and their health checks answer', async (t) => {
  const [{ data = {} } = {}] = ofKind('ConfigMap');
  const folder = t.testdir({
    'blackbox.yml': data['blackbox.yml'] ?? '',
    'targets.yml': data['targets.yml'] ?? '',
    password: 'x',
  });
  for (const { name, template } of workloads) {
    const [{ args, startupProbe, livenessProbe, readinessProbe, ports }] = template.spec.containers;
    const [command = '', ...flags] = args;
    const known = COMMANDS.find((each) => each.name === command)?.flags.map((flag) => flag.name) ?? [];
    t.same(
      flags.filter((flag) => !known.includes(/^--([^=]+)/.exec(flag)?.[1] ?? '')),
      [],
      `${name}: flags`,
    );
    const here = flags.map((flag) =>
      flag.replace(/=\/etc\/[\w-]+\//, `=${folder}/`).replace('redis:6379', '127.0.0.1:1'),
    );
    const service = await startSonde(here, { command });
    t.teardown(() => service.stop());
    for (const { httpGet: probe } of [startupProbe, livenessProbe, readinessProbe]) {
      t.equal(probe.port, ports[0]?.name);
      const { status } = await httpGet(service.address, probe.path);
      // There is no Redis here.
      t.equal(status, probe.path === '/-/ready' ? 503 : 200, `${name}: ${probe.path}`);
    }
    if (command === 'serve')
      t.match((await httpGet(service.address, '/sd?shard=1&of=1')).text, 'kubernetes.default.svc');
  }
});
