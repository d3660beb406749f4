import { counter, type MetricDefinition } from '../../metrics/metric-definition.js';
import type { LabelValues } from '../../metrics/metric-set.js';
import type { CollectorSpec, Scrape } from '../collector.js';
import { wholeIfAny } from '../sysfs-values.js';

const correctable = counter('node_edac_correctable_errors_total', 'Total correctable memory errors.', ['controller']);
const uncorrectable = counter('node_edac_uncorrectable_errors_total', 'Total uncorrectable memory errors.', [
  'controller',
]);
const ROW = ['controller', 'csrow'] as const;
const rowCorrectable = counter(
  'node_edac_csrow_correctable_errors_total',
  'Total correctable memory errors for this csrow.',
  ROW,
);
const rowUncorrectable = counter(
  'node_edac_csrow_uncorrectable_errors_total',
  'Total uncorrectable memory errors for this csrow.',
  ROW,
);
const CHANNEL = ['controller', 'csrow', 'channel', 'dimm_label'] as const;
const channelCorrectable = counter(
  'node_edac_channel_correctable_errors_total',
  'Total correctable memory errors for this channel.',
  CHANNEL,
);
const channelUncorrectable = counter(
  'node_edac_channel_uncorrectable_errors_total',
  'Total uncorrectable memory errors for this channel.',
  CHANNEL,
);

const FOLDER = 'devices/system/edac/mc';

/** /sys/devices/system/edac/mc: memory errors by controller, chip-select row and channel. */
export const edac: CollectorSpec = {
  name: 'edac',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: (scrape) => {
      for (const name of scrape.files.sys.namesIfAny(FOLDER)) {
        const controller = /^mc(\d+)$/.exec(name)?.[1];
        if (controller !== undefined) collectController(scrape, controller);
      }
    },
  }),
};

function collectController(scrape: Scrape, controller: string): void {
  const folder = `${FOLDER}/mc${controller}`;
  const unknown = { controller, csrow: 'unknown' };
  setIfAny(scrape, correctable, { controller }, `${folder}/ce_count`);
  setIfAny(scrape, rowCorrectable, unknown, `${folder}/ce_noinfo_count`);
  setIfAny(scrape, uncorrectable, { controller }, `${folder}/ue_count`);
  setIfAny(scrape, rowUncorrectable, unknown, `${folder}/ue_noinfo_count`);
  for (const name of scrape.files.sys.namesIfAny(folder)) {
    const csrow = /^csrow(\d+)$/.exec(name)?.[1];
    if (csrow !== undefined) collectRow(scrape, controller, csrow);
  }
}

function collectRow(scrape: Scrape, controller: string, csrow: string): void {
  const folder = `${FOLDER}/mc${controller}/csrow${csrow}`;
  setIfAny(scrape, rowCorrectable, { controller, csrow }, `${folder}/ce_count`);
  setIfAny(scrape, rowUncorrectable, { controller, csrow }, `${folder}/ue_count`);
  for (const name of scrape.files.sys.namesIfAny(folder)) {
    const channel = /^ch(\d+)_ce_count$/.exec(name)?.[1];
    if (channel === undefined) continue;
    const labels = { controller, csrow, channel, dimm_label: dimmLabel(scrape, `${folder}/ch${channel}_dimm_label`) };
    setIfAny(scrape, channelCorrectable, labels, `${folder}/ch${channel}_ce_count`);
    setIfAny(scrape, channelUncorrectable, labels, `${folder}/ch${channel}_ue_count`);
  }
}

/** `mc#0csrow#1channel#0` in upstream's form, `mc0_csrow1_channel0`. */
function dimmLabel({ files }: Scrape, path: string): string {
  const label = files.sys.value(path) ?? 'unknown';
  return label.replaceAll('#', '').replaceAll('csrow', '_csrow').replaceAll('channel', '_channel');
}

function setIfAny<L extends string>(
  { metrics, files }: Scrape,
  metric: MetricDefinition<L>,
  labels: LabelValues<L>,
  path: string,
): void {
  const count = wholeIfAny(files.sys, path);
  if (count !== undefined) metrics.setWith(metric, labels, count);
}
