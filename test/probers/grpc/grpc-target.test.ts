import t from 'tap';
import { parseGrpcTarget } from '../../../src/probers/grpc/grpc-target.js';

const GOOD = [
  ['host and port', 'example.com:50051', 'example.com', 50051, 'example.com:50051'],
  ['host without port', 'example.com', 'example.com', 80, 'example.com:80'],
  ['empty port', 'example.com:', 'example.com', 80, 'example.com:80'],
  ['scheme, path, query and user are dropped', 'https://u:p@h:7/path?q#f', 'h', 7, 'h:7'],
  ['scheme says nothing about the port', 'https://h', 'h', 80, 'h:80'],
  ['IPv4', '127.0.0.1:1', '127.0.0.1', 1, '127.0.0.1:1'],
  ['IPv6 in brackets', '[::1]:8080', '::1', 8080, '[::1]:8080'],
  ['IPv6 in brackets without port', '[::1]', '::1', 80, '[::1]:80'],
  ['IPv6 alone', 'fe80::1%lo', 'fe80::1%lo', 80, '[fe80::1%lo]:80'],
] as const;

const BAD = [
  ['nothing but a scheme', 'http://', 'no host in target'],
  ['port alone', ':80', 'no host in target'],
  ['port that is a word', 'h:http', 'invalid port ":http" after host'],
  ['port beyond 65535', 'h:65536', 'invalid port ":65536" after host'],
  ['two ports', 'h:1:2', 'address h:1:2: too many colons in address'],
  ['bracket left open', '[::1:80', "address [::1:80: missing ']' in address"],
  ['blank', 'a b:80', 'invalid character in target'],
  ['control character', 'h\r\n:80', 'invalid character in target'],
] as const;

t.test('targets', async (t) => {
  for (const [name, target, host, port, endpoint] of GOOD) {
    t.same(parseGrpcTarget(target, 80), { host, port, endpoint }, name);
  }
});

t.test('targets that are none', async (t) => {
  for (const [name, target, message] of BAD) t.throws(() => parseGrpcTarget(target, 80), { message }, name);
});
