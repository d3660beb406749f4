import { counter } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { nameFilter } from '../name-filter.js';
import { parseDecimal } from '../numbers.js';

const interruptsTotal = counter('node_interrupts_total', 'Interrupt details.', ['cpu', 'type', 'info', 'devices']);

/** One line of /proc/interrupts. */
export interface Interrupt {
  /** The number, or the kernel's short name such as `NMI`. */
  readonly type: string;
  readonly info: string;
  readonly devices: string;
  /** One number for each CPU, in the order of the columns. */
  readonly counts: readonly string[];
}

/**
 * Parses /proc/interrupts. Lines without a column for each CPU and a description (ERR, MIS) are left out, as upstream
 * does.
 */
export function parseInterrupts(text: string): readonly Interrupt[] {
  const [heading = '', ...lines] = text.split('\n');
  const cpus = heading.split(/\s+/).filter(Boolean).length;
  return lines.flatMap((line) => {
    const colon = line.indexOf(':');
    if (colon === -1) return [];
    const parts = line
      .slice(colon + 1)
      .split(/\s+/)
      .filter(Boolean);
    if (parts.length < cpus + 1) return [];
    const type = line.slice(0, colon).trim();
    const counts = parts.slice(0, cpus);
    const rest = parts.slice(cpus);
    // Numbered lines name their controller and then the devices; the kernel's own have a sentence.
    if (!/^\d+$/.test(type)) return [{ type, info: rest.join(' '), devices: '', counts }];
    return [{ type, info: rest[0] ?? '', devices: rest.slice(1).join(' '), counts }];
  });
}

/** /proc/interrupts: one series for each interrupt and CPU. */
export const interrupts: CollectorSpec = {
  name: 'interrupts',
  isDefault: false,
  flags: [
    {
      kind: 'value',
      name: 'interrupts.name-include',
      default: '',
      help: 'Regexp of interrupts name to include (mutually exclusive to --collector.interrupts.name-exclude).',
    },
    {
      kind: 'value',
      name: 'interrupts.name-exclude',
      default: '',
      help: 'Regexp of interrupts name to exclude (mutually exclusive to --collector.interrupts.name-include).',
    },
    {
      kind: 'switch',
      name: 'interrupts.include-zeros',
      default: true,
      help: 'Include interrupts that have a zero value.',
    },
  ],
  create: (options) => {
    const isWanted = nameFilter(options, {
      include: 'interrupts.name-include',
      exclude: 'interrupts.name-exclude',
    });
    const withZeros = options.isOn('interrupts.include-zeros');
    return {
      collect: ({ metrics, files }) => {
        for (const { type, info, devices, counts } of parseInterrupts(files.proc.text('interrupts'))) {
          if (!isWanted(`${type};${info};${devices}`)) continue;
          for (const [cpu, text] of counts.entries()) {
            const count = parseDecimal(text);
            if (count === 0 && !withZeros) continue;
            metrics.setWith(interruptsTotal, { cpu: String(cpu), type, info, devices }, count);
          }
        }
      },
    };
  },
};
