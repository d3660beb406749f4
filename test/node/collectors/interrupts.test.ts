import t from 'tap';
import { interrupts, parseInterrupts } from '../../../src/node/collectors/interrupts.js';
import { hostTree } from '../../helpers/node/host-tree.js';
import { askCollector } from '../../helpers/services/collect.js';

const TEXT = `           CPU0       CPU1
  9:          5          0  IO-APIC    9-fasteoi   acpi
IPI0:7 8  Rescheduling interrupts
NMI:          1          2   Non-maskable interrupts
ERR:          0
`;

t.test('lines', async (t) => {
  t.same(parseInterrupts(TEXT), [
    { type: '9', info: 'IO-APIC', devices: '9-fasteoi acpi', counts: ['5', '0'] },
    { type: 'IPI0', info: 'Rescheduling interrupts', devices: '', counts: ['7', '8'] },
    { type: 'NMI', info: 'Non-maskable interrupts', devices: '', counts: ['1', '2'] },
  ]);
  t.same(parseInterrupts(''), []);
});

t.test('what is chosen', async (t) => {
  const paths = hostTree(t, { proc: { interrupts: TEXT } });
  const rows = [
    { flags: {}, types: ['NMI', 'IPI0', '9', 'NMI', 'IPI0', '9'] },
    { flags: { 'interrupts.include-zeros': 'false' }, types: ['NMI', 'IPI0', '9', 'NMI', 'IPI0'] },
    { flags: { 'interrupts.name-include': 'acpi$' }, types: ['9', '9'] },
    { flags: { 'interrupts.name-exclude': '^NMI;Non-maskable interrupts;$' }, types: ['IPI0', '9', 'IPI0', '9'] },
  ];
  for (const { flags, types } of rows) {
    const output = await askCollector(interrupts, { paths, flags }).scrape();
    t.same(
      [...output.matchAll(/^node_.*type="(\w+)"/gm)].map((match) => match[1]),
      types,
      JSON.stringify(flags),
    );
  }
});
