import type { BuildFacts } from '../../metrics/build-info.js';

/** The content of `GET /api/v1/status`, in upstream's words. */
export interface StatusFacts {
  readonly build: BuildFacts;
  /** All flags with their values as text. */
  readonly flags: Readonly<Record<string, string>>;
  readonly startSeconds: number;
}

/** The answer's body. */
export function statusJson({ build, flags, startSeconds }: StatusFacts): string {
  const { version, revision, branch, nodeVersion } = build;
  const buildInformation = {
    branch,
    buildDate: '',
    buildUser: '',
    goVersion: `node${nodeVersion.replace(/^v/, '')}`,
    revision,
    version,
  };
  const inOrder = Object.fromEntries(Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1)));
  const data = {
    build_information: buildInformation,
    flags: inOrder,
    start_time: new Date(startSeconds * 1000).toISOString(),
  };
  return JSON.stringify({ status: 'success', data });
}
