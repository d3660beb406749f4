import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { parseInteger } from '../numbers.js';

const enabled = gauge('node_selinux_enabled', 'SELinux is enabled, 1 is true, 0 is false');
const configMode = gauge('node_selinux_config_mode', 'Configured SELinux enforcement mode');
const currentMode = gauge('node_selinux_current_mode', 'Current SELinux enforcement mode');

/** Key: the word in /etc/selinux/config. */
const MODES: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({ enforcing: 1, permissive: 0, disabled: -1 }),
);

/** /sys/fs/selinux, and /etc/selinux/config of the host's root. */
export const selinux: CollectorSpec = {
  name: 'selinux',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files: { sys, root } }) => {
      const current = sys.value('fs/selinux/enforce');
      metrics.set(enabled, current === undefined ? 0 : 1);
      if (current === undefined) return;
      const word = /^[ \t]*SELINUX=(\w+)/m.exec(root.textIfAny('etc/selinux/config') ?? '')?.[1] ?? 'disabled';
      metrics.set(configMode, MODES.get(word.toLowerCase()) ?? -1);
      metrics.set(currentMode, parseInteger(current));
    },
  }),
};
