import { counter } from '../../metrics/metric-definition.js';
import { type CollectorSpec, NoData } from '../collector.js';
import { countsByName, NFS2_PROCEDURES, NFS3_PROCEDURES, readRpcLines } from './nfs-procedures.js';

const packets = counter('node_nfs_packets_total', 'Total NFSd network packets (sent+received) by protocol type.', [
  'protocol',
]);
const connections = counter('node_nfs_connections_total', 'Total number of NFSd TCP connections.');
const rpcs = counter('node_nfs_rpcs_total', 'Total number of RPCs performed.');
const retransmissions = counter('node_nfs_rpc_retransmissions_total', 'Number of RPC transmissions performed.');
const refreshes = counter(
  'node_nfs_rpc_authentication_refreshes_total',
  'Number of RPC authentication refreshes performed.',
);
const requests = counter('node_nfs_requests_total', 'Number of NFS procedures invoked.', ['proto', 'method']);

/** Version 4, in the order in which the kernel's client numbers its operations. */
const NFS4_PROCEDURES: readonly string[] = [
  ...['Null', 'Read', 'Write', 'Commit', 'Open', 'OpenConfirm', 'OpenNoattr', 'OpenDowngrade', 'Close', 'Setattr'],
  ...['FsInfo', 'Renew', 'SetClientID', 'SetClientIDConfirm', 'Lock', 'Lockt', 'Locku', 'Access', 'Getattr', 'Lookup'],
  ...['LookupRoot', 'Remove', 'Rename', 'Link', 'Symlink', 'Create', 'Pathconf', 'StatFs', 'ReadLink', 'ReadDir'],
  ...['ServerCaps', 'DelegReturn', 'GetACL', 'SetACL', 'FsLocations', 'ReleaseLockowner', 'Secinfo', 'FsidPresent'],
  ...['ExchangeID', 'CreateSession', 'DestroySession', 'Sequence', 'GetLeaseTime', 'ReclaimComplete', 'GetDeviceInfo'],
  ...['LayoutGet', 'LayoutCommit', 'LayoutReturn', 'SecinfoNoName', 'TestStateID', 'FreeStateID', 'GetDeviceList'],
  ...['BindConnToSession', 'DestroyClientID', 'Seek', 'Allocate', 'DeAllocate', 'LayoutStats', 'Clone'],
];

/** /proc/net/rpc/nfs: the operations of this host's NFS client. */
export const nfs: CollectorSpec = {
  name: 'nfs',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      const text = files.proc.textIfAny('net/rpc/nfs');
      if (text === undefined) throw new NoData('the NFS client is not loaded');
      const lines = readRpcLines(text);
      const [, udp = 0, tcp = 0, connected = 0] = lines.get('net') ?? [];
      metrics.setWith(packets, { protocol: 'udp' }, udp);
      metrics.setWith(packets, { protocol: 'tcp' }, tcp);
      metrics.set(connections, connected);
      const [calls = 0, resent = 0, refreshed = 0] = lines.get('rpc') ?? [];
      metrics.set(rpcs, calls);
      metrics.set(retransmissions, resent);
      metrics.set(refreshes, refreshed);
      for (const [proto, procedures] of [
        ['2', NFS2_PROCEDURES],
        ['3', NFS3_PROCEDURES],
        ['4', NFS4_PROCEDURES],
      ] as const) {
        for (const [method, count] of countsByName(lines.get(`proc${proto}`), procedures)) {
          metrics.setWith(requests, { proto, method }, count);
        }
      }
    },
  }),
};
