import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../helpers/peer.js';

/**
 * What an exercise of a training course on exporters has its pupils write, program by program; Sonde has to serve all
 * of it.
 */
export interface Course {
  readonly blackboxYml: string;
  /** The relabelled jobs of the prober. */
  readonly probeJobs: string;
  readonly pushgatewayJob: string;
  readonly pythonProgram: string;
  /** What pushes: shell commands, a program in Python, and the script that does so at the end of a backup. */
  readonly pushCommands: string;
  readonly pushProgram: string;
  readonly batchScript: string;
  /** The shell command that deletes a group. */
  readonly deletion: string;
  /** One PromQL expression each. */
  readonly queries: readonly string[];
  readonly exporters: readonly CourseExporter[];
}

/** An exporter of a server, as the course starts it. */
export interface CourseExporter {
  readonly name: string;
  /** Sonde's command in its place. */
  readonly command: string;
  /** Where everybody expects it. */
  readonly port: number;
  /** What stands behind the image, with the course's names of hosts. */
  readonly args: readonly string[];
  /** Variables, with the same names. */
  readonly env?: Readonly<Record<string, string>>;
  /** The queries of its dashboard, each of which has data. */
  readonly panels: readonly string[];
}

/** Reads the exercise from the fixtures. */
export function readCourse(): Course {
  const read = (name: string): string => readFileSync(join(REPOSITORY, 'test/fixtures/course', name), 'utf8');
  return {
    blackboxYml: read('blackbox.yml'),
    probeJobs: read('probe-jobs.yml'),
    pushgatewayJob: read('pushgateway-job.yml'),
    pythonProgram: read('program.py'),
    pushCommands: read('push.sh'),
    pushProgram: read('push.py'),
    batchScript: read('backup.sh'),
    deletion: read('delete.sh'),
    queries: read('queries.promql').trimEnd().split('\n'),
    // The file is ours.
    exporters: JSON.parse(read('exporters.json')) as readonly CourseExporter[],
  };
}
