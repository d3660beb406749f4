import { gauge } from './metric-definition.js';
import type { Gatherer } from './metric-family.js';
import { MetricSet } from './metric-set.js';

/** The facts that identify a build of Sonde. Revision and branch are `unknown` if the build had no git checkout. */
export interface BuildFacts {
  readonly version: string;
  readonly revision: string;
  readonly branch: string;
  /** Operating system and architecture in Go's terms (linux, amd64), because the labels keep upstream's names. */
  readonly goos: string;
  readonly goarch: string;
  readonly nodeVersion: string;
}

/**
 * The build metric under the name of the upstream program `program`, so that dashboards and joins on it still work.
 * `goversion` has Node's version.
 */
export function buildInfoMetrics(facts: BuildFacts, program = 'blackbox_exporter'): Gatherer {
  const { version, revision, branch, goos, goarch, nodeVersion } = facts;
  const metrics = new MetricSet();
  const labels = {
    branch,
    goarch,
    goos,
    goversion: `node${nodeVersion.replace(/^v/, '')}`,
    revision,
    tags: 'unknown',
    version,
  };
  metrics.setWith(buildInfo(program), labels, 1);
  const families = metrics.families();
  return () => families;
}

function buildInfo(program: string) {
  return gauge(
    `${program}_build_info`,
    `A metric with a constant '1' value labeled by version, revision, branch, goversion from which ${program} was built, and the goos and goarch for the build.`,
    ['branch', 'goarch', 'goos', 'goversion', 'revision', 'tags', 'version'],
  );
}
