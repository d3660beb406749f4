import type { BuildFacts } from '../metrics/build-info.js';

/** The text of `--version`, laid out as Prometheus' programs do. */
export function versionText({ version, branch, revision, nodeVersion, goos, goarch }: BuildFacts): string {
  return `sonde, version ${version} (branch: ${branch}, revision: ${revision})
  node version:     ${nodeVersion}
  platform:         ${goos}/${goarch}
`;
}
