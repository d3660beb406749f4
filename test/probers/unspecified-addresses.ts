import type { Attack } from './target-policy-attacks.js';

const POLICY = "deny: [{addresses: [127.0.0.0/8, '::1']}]";
const HTTP = '{prober: http}';

/** Addresses for which Linux connects to the loopback, under policies that do not name them. */
export function unspecifiedAddresses(port: number, redirected: (location: string) => string): readonly Attack[] {
  const hosts = ['0.0.0.0', '0', '0x0', '[::]', '[::ffff:0.0.0.0]', '[64:ff9b::]'];
  const url = `http://0.0.0.0:${port}/`;
  const toOne = { module: HTTP, policy: "deny: [{addresses: [127.0.0.1, '::1']}]" };
  return [
    ...hosts.map((host) => ({
      ...{ name: `unspecified ${host}`, module: HTTP, policy: POLICY, target: `http://${host}:${port}/` },
    })),
    {
      name: 'unspecified, IPv6',
      module: HTTP,
      policy: "deny: [{addresses: ['::1/128']}]",
      target: `http://[::]:${port}/`,
    },
    { name: 'unspecified, redirected', ...toOne, target: redirected(url) },
    { name: 'unspecified, tcp', ...toOne, module: '{prober: tcp}', target: `0.0.0.0:${port}` },
    {
      name: 'unspecified, from another address of this host',
      module: '{prober: tcp, tcp: {source_ip_address: 127.0.0.3}}',
      policy: 'deny: [{addresses: [127.0.0.3]}]',
      target: `0.0.0.0:${port}`,
    },
    { name: 'unspecified, name', ...toOne, target: `http://zero.test:${port}/`, resolves: true },
  ];
}
