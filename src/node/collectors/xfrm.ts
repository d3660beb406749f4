import { counter, type MetricDefinition } from '../../metrics/metric-definition.js';
import { type CollectorSpec, NoData } from '../collector.js';
import { linesOf, wordsOf } from '../lines.js';
import { parseWhole } from '../numbers.js';

/** Key: the name in /proc/net/xfrm_stat. */
const COUNTERS: ReadonlyMap<string, MetricDefinition<never>> = new Map(
  Object.entries<MetricDefinition<never>>({
    XfrmInError: counter('node_xfrm_in_error_packets_total', 'All errors not matched by other'),
    XfrmInBufferError: counter('node_xfrm_in_buffer_error_packets_total', 'No buffer is left'),
    XfrmInHdrError: counter('node_xfrm_in_hdr_error_packets_total', 'Header error'),
    XfrmInNoStates: counter(
      'node_xfrm_in_no_states_packets_total',
      'No state is found i.e. Either inbound SPI, address, or IPsec protocol at SA is wrong',
    ),
    XfrmInStateProtoError: counter(
      'node_xfrm_in_state_proto_error_packets_total',
      'Transformation protocol specific error e.g. SA key is wrong',
    ),
    XfrmInStateModeError: counter('node_xfrm_in_state_mode_error_packets_total', 'Transformation mode specific error'),
    XfrmInStateSeqError: counter(
      'node_xfrm_in_state_seq_error_packets_total',
      'Sequence error i.e. Sequence number is out of window',
    ),
    XfrmInStateExpired: counter('node_xfrm_in_state_expired_packets_total', 'State is expired'),
    XfrmInStateMismatch: counter(
      'node_xfrm_in_state_mismatch_packets_total',
      'State has mismatch option e.g. UDP encapsulation type is mismatch',
    ),
    XfrmInStateInvalid: counter('node_xfrm_in_state_invalid_packets_total', 'State is invalid'),
    XfrmInTmplMismatch: counter(
      'node_xfrm_in_tmpl_mismatch_packets_total',
      'No matching template for states e.g. Inbound SAs are correct but SP rule is wrong',
    ),
    XfrmInNoPols: counter(
      'node_xfrm_in_no_pols_packets_total',
      'No policy is found for states e.g. Inbound SAs are correct but no SP is found',
    ),
    XfrmInPolBlock: counter('node_xfrm_in_pol_block_packets_total', 'Policy discards'),
    XfrmInPolError: counter('node_xfrm_in_pol_error_packets_total', 'Policy error'),
    XfrmOutError: counter('node_xfrm_out_error_packets_total', 'All errors which is not matched others'),
    XfrmOutBundleGenError: counter('node_xfrm_out_bundle_gen_error_packets_total', 'Bundle generation error'),
    XfrmOutBundleCheckError: counter('node_xfrm_out_bundle_check_error_packets_total', 'Bundle check error'),
    XfrmOutNoStates: counter('node_xfrm_out_no_states_packets_total', 'No state is found'),
    XfrmOutStateProtoError: counter(
      'node_xfrm_out_state_proto_error_packets_total',
      'Transformation protocol specific error',
    ),
    XfrmOutStateModeError: counter(
      'node_xfrm_out_state_mode_error_packets_total',
      'Transformation mode specific error',
    ),
    XfrmOutStateSeqError: counter(
      'node_xfrm_out_state_seq_error_packets_total',
      'Sequence error i.e. Sequence number overflow',
    ),
    XfrmOutStateExpired: counter('node_xfrm_out_state_expired_packets_total', 'State is expired'),
    XfrmOutPolBlock: counter('node_xfrm_out_pol_block_packets_total', 'Policy discards'),
    XfrmOutPolDead: counter('node_xfrm_out_pol_dead_packets_total', 'Policy is dead'),
    XfrmOutPolError: counter('node_xfrm_out_pol_error_packets_total', 'Policy error'),
    XfrmFwdHdrError: counter('node_xfrm_fwd_hdr_error_packets_total', 'Forward routing of a packet is not allowed'),
    XfrmOutStateInvalid: counter('node_xfrm_out_state_invalid_packets_total', 'State is invalid, perhaps expired'),
    XfrmAcquireError: counter('node_xfrm_acquire_error_packets_total', 'State hasn’t been fully acquired before use'),
  }),
);

/** /proc/net/xfrm_stat: how IPsec handled packets. */
export const xfrm: CollectorSpec = {
  name: 'xfrm',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      const text = files.proc.textIfAny('net/xfrm_stat');
      if (text === undefined) throw new NoData('this kernel has no statistics of IPsec');
      for (const line of linesOf(text)) {
        const [name = '', count = ''] = wordsOf(line);
        const metric = COUNTERS.get(name);
        if (metric !== undefined) metrics.set(metric, parseWhole(count));
      }
    },
  }),
};
