import { gauge } from '../../metrics/metric-definition.js';
import { type CollectorSpec, NoData } from '../collector.js';

/** Labels by the variable in os-release(5). */
const VARIABLES = {
  build_id: 'BUILD_ID',
  id: 'ID',
  id_like: 'ID_LIKE',
  image_id: 'IMAGE_ID',
  image_version: 'IMAGE_VERSION',
  name: 'NAME',
  pretty_name: 'PRETTY_NAME',
  variant: 'VARIANT',
  variant_id: 'VARIANT_ID',
  version: 'VERSION',
  version_codename: 'VERSION_CODENAME',
  version_id: 'VERSION_ID',
} as const;

type OsLabel = keyof typeof VARIABLES;
// The keys are those of the constant.
const OS_LABELS = Object.keys(VARIABLES) as readonly OsLabel[];

const info = gauge(
  'node_os_info',
  "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, name, pretty_name, variant, variant_id, version, version_codename, version_id.",
  OS_LABELS,
);
const version = gauge('node_os_version', 'Metric containing the major.minor part of the OS version.', [
  'id',
  'id_like',
  'name',
]);
const supportEnd = gauge(
  'node_os_support_end_timestamp_seconds',
  'Metric containing the end-of-life date timestamp of the OS.',
);

/** /etc/os-release, else /usr/lib/os-release, of the host's root. */
export const os: CollectorSpec = {
  name: 'os',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files: { root } }) => {
      const text = root.textIfAny('etc/os-release') ?? root.textIfAny('usr/lib/os-release');
      if (text === undefined) throw new NoData('no os-release file found');
      const variables = parseOsRelease(text);
      const variable = (name: string): string => variables.get(name) ?? '';
      const labelOf = (label: OsLabel): string => variable(VARIABLES[label]);
      // Each label of the list gets its value.
      const labels = Object.fromEntries(OS_LABELS.map((label) => [label, labelOf(label)])) as Record<OsLabel, string>;
      metrics.setWith(info, labels, 1);
      const { id, id_like, name, version_id } = labels;
      const majorMinor = Number(/^\d+\.?\d*/.exec(version_id)?.[0] ?? 0);
      if (majorMinor > 0) metrics.setWith(version, { id, id_like, name }, majorMinor);
      const end = Date.parse(variable('SUPPORT_END'));
      if (!Number.isNaN(end)) metrics.set(supportEnd, end / 1000);
    },
  }),
};

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s#]*))/gm;

/** The assignments of a shell script that assigns constants, which is what os-release(5) is. */
function parseOsRelease(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(ASSIGNMENT)].map(([, name = '', double, single, bare = '']) => [
      name,
      double?.replace(/\\(.)/g, '$1') ?? single ?? bare,
    ]),
  );
}
