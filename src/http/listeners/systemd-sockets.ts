/** The first descriptor that systemd passes on (sd_listen_fds(3)). */
const FIRST_DESCRIPTOR = 3;

/**
 * The descriptors of the sockets that systemd has passed to this process; throws an Error that says what is missing if
 * there are none.
 */
export function systemdSockets(env: Readonly<Record<string, string | undefined>>, pid: number): readonly number[] {
  const { LISTEN_FDS: count, LISTEN_PID: receiver } = env;
  const none = 'no socket activation file descriptors found';
  if (count === undefined || receiver === undefined) {
    throw new Error(
      `${none}: LISTEN_FDS and LISTEN_PID are not set; start the service by a systemd socket unit, or without --web.systemd-socket`,
    );
  }
  if (Number(receiver) !== pid) {
    throw new Error(`${none}: they are for process ${receiver} (LISTEN_PID), and this is ${pid}`);
  }
  const number = /^\d{1,4}$/.test(count) ? Number(count) : 0;
  if (number === 0) throw new Error(`${none}: LISTEN_FDS is ${JSON.stringify(count)}`);
  return Array.from({ length: number }, (_, index) => FIRST_DESCRIPTOR + index);
}
