import { counter, gauge } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import type { CollectorSpec, Scrape } from '../collector.js';
import { parseHex, parseWhole } from '../numbers.js';
import { namesOrNoData } from '../sysfs-values.js';

const HOST = ['fc_host'] as const;

const info = gauge('node_fibrechannel_info', 'Non-numeric data from /sys/class/fc_host/<host>, value is always 1.', [
  'fc_host',
  'speed',
  'port_state',
  'port_type',
  'port_id',
  'port_name',
  'fabric_name',
  'symbolic_name',
  'supported_classes',
  'supported_speeds',
  'dev_loss_tmo',
]);

/** The metrics of the files in /sys/class/fc_host/<host>/statistics. */
const COUNTERS = [
  ['dumped_frames', counter('node_fibrechannel_dumped_frames_total', 'Number of dumped frames', HOST)],
  ['error_frames', counter('node_fibrechannel_error_frames_total', 'Number of errors in frames', HOST)],
  ['fcp_packet_aborts', counter('node_fibrechannel_fcp_packet_aborts_total', 'Number of aborted packets', HOST)],
  ['invalid_crc_count', counter('node_fibrechannel_invalid_crc_total', 'Invalid Cyclic Redundancy Check count', HOST)],
  [
    'invalid_tx_word_count',
    counter('node_fibrechannel_invalid_tx_words_total', 'Number of invalid words transmitted by host port', HOST),
  ],
  [
    'link_failure_count',
    counter('node_fibrechannel_link_failure_total', 'Number of times the host port link has failed', HOST),
  ],
  [
    'loss_of_signal_count',
    counter('node_fibrechannel_loss_of_signal_total', 'Number of times signal has been lost', HOST),
  ],
  [
    'loss_of_sync_count',
    counter(
      'node_fibrechannel_loss_of_sync_total',
      'Number of failures on either bit or transmission word boundaries',
      HOST,
    ),
  ],
  [
    'nos_count',
    counter('node_fibrechannel_nos_total', 'Number Not_Operational Primitive Sequence received by host port', HOST),
  ],
  ['rx_frames', counter('node_fibrechannel_rx_frames_total', 'Number of frames received', HOST)],
  ['rx_words', counter('node_fibrechannel_rx_words_total', 'Number of words received by host port', HOST)],
  [
    'seconds_since_last_reset',
    counter('node_fibrechannel_seconds_since_last_reset_total', 'Number of seconds since last host port reset', HOST),
  ],
  ['tx_frames', counter('node_fibrechannel_tx_frames_total', 'Number of frames transmitted by host port', HOST)],
  ['tx_words', counter('node_fibrechannel_tx_words_total', 'Number of words transmitted by host port', HOST)],
] as const;

/** The value of a counter that the hardware does not have: drivers set all bits. */
const NOT_COUNTED = 2 ** 64;

const FOLDER = 'class/fc_host';

/** /sys/class/fc_host: the Fibre Channel ports of this host. Drivers may leave out any file. */
export const fibrechannel: CollectorSpec = {
  name: 'fibrechannel',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: (scrape) => {
      for (const host of namesOrNoData(scrape.files.sys, FOLDER)) {
        apart(scrape.metrics, () => {
          collectHost(scrape, host);
        });
      }
    },
  }),
};

function collectHost({ metrics, files: { sys } }: Scrape, host: string): void {
  const about = (file: string): string => sys.value(`${FOLDER}/${host}/${file}`) ?? '';
  const labels = {
    fc_host: host,
    speed: about('speed'),
    port_state: about('port_state'),
    port_type: about('port_type'),
    port_id: withoutPrefix(about('port_id')),
    port_name: withoutPrefix(about('port_name')),
    fabric_name: withoutPrefix(about('fabric_name')),
    symbolic_name: about('symbolic_name'),
    supported_classes: about('supported_classes'),
    supported_speeds: about('supported_speeds'),
    dev_loss_tmo: about('dev_loss_tmo'),
  };
  metrics.setWith(info, labels, 1);
  for (const [file, metric] of COUNTERS) {
    const text = sys.value(`${FOLDER}/${host}/statistics/${file}`);
    if (text === undefined || text === '') continue;
    const value = text.startsWith('0x') ? parseHex(text.slice(2)) : parseWhole(text);
    if (value !== NOT_COUNTED) metrics.setWith(metric, { fc_host: host }, value);
  }
}

/** Takes `0x` off a number. */
function withoutPrefix(text: string): string {
  return text.length > 2 ? text.slice(2) : text;
}
