import type { CollectorSpec } from './collector.js';
import { arp } from './collectors/arp.js';
import { bcache } from './collectors/bcache.js';
import { bcachefs } from './collectors/bcachefs.js';
import { bonding } from './collectors/bonding.js';
import { btrfs } from './collectors/btrfs.js';
import { buddyinfo } from './collectors/buddyinfo.js';
import { cgroups } from './collectors/cgroups.js';
import { conntrack } from './collectors/conntrack.js';
import { cpu } from './collectors/cpu.js';
import { cpuVulnerabilities } from './collectors/cpu-vulnerabilities.js';
import { cpufreq } from './collectors/cpufreq.js';
import { diskstats } from './collectors/diskstats.js';
import { dmi } from './collectors/dmi.js';
import { dmmultipath } from './collectors/dmmultipath.js';
import { drbd } from './collectors/drbd.js';
import { drm } from './collectors/drm.js';
import { edac } from './collectors/edac.js';
import { entropy } from './collectors/entropy.js';
import { ethtool } from './collectors/ethtool.js';
import { fibrechannel } from './collectors/fibrechannel.js';
import { filefd } from './collectors/filefd.js';
import { filesystem } from './collectors/filesystem.js';
import { hwmon } from './collectors/hwmon.js';
import { infiniband } from './collectors/infiniband.js';
import { interrupts } from './collectors/interrupts.js';
import { ipvs } from './collectors/ipvs.js';
import { kernelHung } from './collectors/kernel-hung.js';
import { ksmd } from './collectors/ksmd.js';
import { lnstat } from './collectors/lnstat.js';
import { loadavg } from './collectors/loadavg.js';
import { logind } from './collectors/logind.js';
import { mdadm } from './collectors/mdadm.js';
import { meminfo } from './collectors/meminfo.js';
import { meminfoNuma } from './collectors/meminfo-numa.js';
import { mountstats } from './collectors/mountstats.js';
import { netclass } from './collectors/netclass.js';
import { netdev } from './collectors/netdev.js';
import { netstat } from './collectors/netstat.js';
import { networkRoute } from './collectors/network-route.js';
import { nfs } from './collectors/nfs.js';
import { nfsd } from './collectors/nfsd.js';
import { ntp } from './collectors/ntp.js';
import { nvme } from './collectors/nvme.js';
import { nvmesubsystem } from './collectors/nvmesubsystem.js';
import { os } from './collectors/os.js';
import { pcidevice } from './collectors/pcidevice.js';
import { powersupplyclass } from './collectors/powersupplyclass.js';
import { pressure } from './collectors/pressure.js';
import { processes } from './collectors/processes.js';
import { qdisc } from './collectors/qdisc.js';
import { rapl } from './collectors/rapl.js';
import { runit } from './collectors/runit.js';
import { schedstat } from './collectors/schedstat.js';
import { selinux } from './collectors/selinux.js';
import { slabinfo } from './collectors/slabinfo.js';
import { sockstat } from './collectors/sockstat.js';
import { softirqs } from './collectors/softirqs.js';
import { softnet } from './collectors/softnet.js';
import { stat } from './collectors/stat.js';
import { supervisord } from './collectors/supervisord.js';
import { swap } from './collectors/swap.js';
import { sysctl } from './collectors/sysctl.js';
import { systemd } from './collectors/systemd.js';
import { tapestats } from './collectors/tapestats.js';
import { tcpstat } from './collectors/tcpstat.js';
import { textfile } from './collectors/textfile.js';
import { thermalZone } from './collectors/thermal-zone.js';
import { time } from './collectors/time.js';
import { timex } from './collectors/timex.js';
import { udpQueues } from './collectors/udp-queues.js';
import { uname } from './collectors/uname.js';
import { vmstat } from './collectors/vmstat.js';
import { watchdog } from './collectors/watchdog.js';
import { wifi } from './collectors/wifi.js';
import { xfrm } from './collectors/xfrm.js';
import { xfs } from './collectors/xfs.js';
import { zfs } from './collectors/zfs.js';
import { zoneinfo } from './collectors/zoneinfo.js';

/** All collectors of this build in the order of their names. */
export const ALL_COLLECTORS: readonly CollectorSpec[] = [
  arp,
  bcache,
  bcachefs,
  bonding,
  btrfs,
  buddyinfo,
  cgroups,
  conntrack,
  cpu,
  cpuVulnerabilities,
  cpufreq,
  diskstats,
  dmi,
  dmmultipath,
  drbd,
  drm,
  edac,
  entropy,
  ethtool,
  fibrechannel,
  filefd,
  filesystem,
  hwmon,
  infiniband,
  interrupts,
  ipvs,
  kernelHung,
  ksmd,
  lnstat,
  loadavg,
  logind,
  mdadm,
  meminfo,
  meminfoNuma,
  mountstats,
  netclass,
  netdev,
  netstat,
  networkRoute,
  nfs,
  nfsd,
  ntp,
  nvme,
  nvmesubsystem,
  os,
  pcidevice,
  powersupplyclass,
  pressure,
  processes,
  qdisc,
  rapl,
  runit,
  schedstat,
  selinux,
  slabinfo,
  sockstat,
  softirqs,
  softnet,
  stat,
  supervisord,
  swap,
  sysctl,
  systemd,
  tapestats,
  tcpstat,
  textfile,
  thermalZone,
  time,
  timex,
  udpQueues,
  uname,
  vmstat,
  watchdog,
  wifi,
  xfrm,
  xfs,
  zfs,
  zoneinfo,
];
