import { counter, gauge } from '../../metrics/metric-definition.js';
import { remembered } from '../../values/remembered.js';
import { apart } from '../apart.js';
import { type CollectorSpec, NoData } from '../collector.js';
import type { FileTree } from '../host-files.js';
import { linesOf, wordsOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { parseWhole } from '../numbers.js';

const FOLDER = 'devices/system/node';

/** `Node 0 Active(anon):     691324 kB`. */
const LINE = /^Node \d+ ([^:]+):\s*(\d+)( kB)?$/;

/** /sys/devices/system/node/node<N>: the memory of each NUMA node. */
export const meminfoNuma: CollectorSpec = {
  name: 'meminfo_numa',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: ({ metrics, files: { sys } }) => {
      const folders = sys.namesIfAny(FOLDER).filter((name) => /^node\d+$/.test(name));
      if (folders.length === 0) throw new NoData('this kernel knows no NUMA nodes');
      for (const folder of folders) setNode(metrics, sys, folder);
    },
  }),
};

function setNode(metrics: MetricSink, sys: FileTree, folder: string): void {
  const node = folder.slice('node'.length);
  apart(metrics, () => {
    setMemory(metrics, node, sys.text(`${FOLDER}/${folder}/meminfo`));
  });
  apart(metrics, () => {
    setAllocations(metrics, node, sys.text(`${FOLDER}/${folder}/numastat`));
  });
}

function setMemory(metrics: MetricSink, node: string, text: string): void {
  for (const line of linesOf(text)) {
    const [, field = '', amount = '', unit] = LINE.exec(line) ?? [];
    if (field === '') {
      metrics.passOver(`invalid line in meminfo of node${node}: "${line}"`);
      continue;
    }
    const name = field.replace(/^([^(]*)\((.*)\)/, '$1_$2');
    metrics.setWith(memory(name), { node }, parseWhole(amount) * (unit === undefined ? 1 : 1024));
  }
}

function setAllocations(metrics: MetricSink, node: string, text: string): void {
  for (const line of linesOf(text)) {
    const [name = '', count = ''] = wordsOf(line);
    metrics.setWith(allocations(name), { node }, parseWhole(count));
  }
}

const memory = remembered((name) => gauge(`node_memory_numa_${name}`, `Memory information field ${name}.`, ['node']));
const allocations = remembered((name) =>
  counter(`node_memory_numa_${name}_total`, `Memory information field ${name}_total.`, ['node']),
);
