import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fencedBlocks } from '../helpers/documents.js';
import { REPOSITORY } from '../helpers/peer.js';

/** The course on exporters whose exercise Sonde has to serve, beside the repository; it is data of the tests, not part of the project. */
const COURSE = join(REPOSITORY, '../shared/reference/exporters-course.md');

/** What the course has its pupils write, program by program. */
export interface Course {
  readonly blackboxYml: string;
  /** The relabelled jobs of the prober. */
  readonly probeJobs: string;
  readonly pushgatewayJob: string;
  readonly pythonProgram: string;
  /** The shell commands that push, and the script that does so at the end of a backup. */
  readonly pushCommands: string;
  readonly batchScript: string;
  /** Every line of PromQL. */
  readonly queries: readonly string[];
}

/** Reads the course; undefined where it is not there. Throws if a part of it cannot be found. */
export function readCourse(): Course | undefined {
  if (!existsSync(COURSE)) return undefined;
  const blocks = fencedBlocks({ path: 'exporters-course.md', text: readFileSync(COURSE, 'utf8') });
  const find = (language: string, ...words: readonly string[]): string => {
    const block = blocks.find((each) => each.language === language && words.every((word) => each.text.includes(word)));
    if (block === undefined) throw new Error(`Cannot find the ${language} block with "${words.join('" and "')}"`);
    return block.text;
  };
  return {
    blackboxYml: find('yaml', 'modules:', 'prober: http'),
    probeJobs: find('yaml', 'scrape_configs:', '__param_target'),
    pushgatewayJob: find('yaml', 'scrape_configs:', 'honor_labels: true'),
    pythonProgram: find('python', 'start_http_server'),
    pushCommands: find('bash', 'curl --data-binary @-', 'curl -X DELETE'),
    batchScript: find('bash', '#!/bin/bash', 'PUSHGATEWAY='),
    queries: blocks.filter(({ language }) => language === 'promql').flatMap(({ text }) => queriesOf(text)),
  };
}

/** A line is a comment, a query, or several metrics with commas between them. */
function queriesOf(block: string): readonly string[] {
  const lines = block.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.flatMap((line) => (/^\w+(?:, \w+)+$/.test(line) ? line.split(', ') : [line]));
}
