import { counter } from '../../metrics/metric-definition.js';

const PORT = ['device', 'port'] as const;

/** The lanes of a port: data is counted for each lane. */
const LANES = 4;

/**
 * The counters of a port: its file, the metric, and by what the file's number is multiplied. Kernels before 4.5 have
 * those of 64 bits in counters_ext.
 */
export const COUNTERS = [
  [
    'counters/link_downed',
    counter(
      'node_infiniband_link_downed_total',
      'Number of times the link failed to recover from an error state and went down',
      PORT,
    ),
    1,
  ],
  [
    'counters/link_error_recovery',
    counter(
      'node_infiniband_link_error_recovery_total',
      'Number of times the link successfully recovered from an error state',
      PORT,
    ),
    1,
  ],
  [
    'counters/multicast_rcv_packets',
    counter(
      'node_infiniband_multicast_packets_received_total',
      'Number of multicast packets received (including errors)',
      PORT,
    ),
    1,
  ],
  [
    'counters/multicast_xmit_packets',
    counter(
      'node_infiniband_multicast_packets_transmitted_total',
      'Number of multicast packets transmitted (including errors)',
      PORT,
    ),
    1,
  ],
  [
    'counters/port_rcv_constraint_errors',
    counter(
      'node_infiniband_port_constraint_errors_received_total',
      'Number of packets received on the switch physical port that are discarded',
      PORT,
    ),
    1,
  ],
  [
    'counters/port_xmit_constraint_errors',
    counter(
      'node_infiniband_port_constraint_errors_transmitted_total',
      'Number of packets not transmitted from the switch physical port',
      PORT,
    ),
    1,
  ],
  [
    'counters/port_rcv_data',
    counter('node_infiniband_port_data_received_bytes_total', 'Number of data octets received on all links', PORT),
    LANES,
  ],
  [
    'counters/port_xmit_data',
    counter(
      'node_infiniband_port_data_transmitted_bytes_total',
      'Number of data octets transmitted on all links',
      PORT,
    ),
    LANES,
  ],
  [
    'counters/port_rcv_discards',
    counter(
      'node_infiniband_port_discards_received_total',
      'Number of inbound packets discarded by the port because the port is down or congested',
      PORT,
    ),
    1,
  ],
  [
    'counters/port_xmit_discards',
    counter(
      'node_infiniband_port_discards_transmitted_total',
      'Number of outbound packets discarded by the port because the port is down or congested',
      PORT,
    ),
    1,
  ],
  [
    'counters/port_rcv_errors',
    counter(
      'node_infiniband_port_errors_received_total',
      'Number of packets containing an error that were received on this port',
      PORT,
    ),
    1,
  ],
  [
    'counters/port_rcv_packets',
    counter(
      'node_infiniband_port_packets_received_total',
      'Number of packets received on all VLs by this port (including errors)',
      PORT,
    ),
    1,
  ],
  [
    'counters/port_xmit_packets',
    counter(
      'node_infiniband_port_packets_transmitted_total',
      'Number of packets transmitted on all VLs from this port (including errors)',
      PORT,
    ),
    1,
  ],
  [
    'counters/port_xmit_wait',
    counter(
      'node_infiniband_port_transmit_wait_total',
      'Number of ticks during which the port had data to transmit but no data was sent during the entire tick',
      PORT,
    ),
    1,
  ],
  [
    'counters/unicast_rcv_packets',
    counter(
      'node_infiniband_unicast_packets_received_total',
      'Number of unicast packets received (including errors)',
      PORT,
    ),
    1,
  ],
  [
    'counters/unicast_xmit_packets',
    counter(
      'node_infiniband_unicast_packets_transmitted_total',
      'Number of unicast packets transmitted (including errors)',
      PORT,
    ),
    1,
  ],
  [
    'counters_ext/port_multicast_rcv_packets',
    counter('node_infiniband_legacy_multicast_packets_received_total', 'Number of multicast packets received', PORT),
    1,
  ],
  [
    'counters_ext/port_multicast_xmit_packets',
    counter(
      'node_infiniband_legacy_multicast_packets_transmitted_total',
      'Number of multicast packets transmitted',
      PORT,
    ),
    1,
  ],
  [
    'counters_ext/port_rcv_data_64',
    counter('node_infiniband_legacy_data_received_bytes_total', 'Number of data octets received on all links', PORT),
    LANES,
  ],
  [
    'counters_ext/port_rcv_packets_64',
    counter('node_infiniband_legacy_packets_received_total', 'Number of data packets received on all links', PORT),
    1,
  ],
  [
    'counters_ext/port_unicast_rcv_packets',
    counter('node_infiniband_legacy_unicast_packets_received_total', 'Number of unicast packets received', PORT),
    1,
  ],
  [
    'counters_ext/port_unicast_xmit_packets',
    counter('node_infiniband_legacy_unicast_packets_transmitted_total', 'Number of unicast packets transmitted', PORT),
    1,
  ],
  [
    'counters_ext/port_xmit_data_64',
    counter(
      'node_infiniband_legacy_data_transmitted_bytes_total',
      'Number of data octets transmitted on all links',
      PORT,
    ),
    LANES,
  ],
  [
    'counters_ext/port_xmit_packets_64',
    counter('node_infiniband_legacy_packets_transmitted_total', 'Number of data packets received on all links', PORT),
    1,
  ],
] as const;
