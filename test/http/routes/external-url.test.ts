import t from 'tap';
import { readExternalUrl, readRoutePrefix } from '../../../src/http/routes/external-url.js';

const urls: readonly (readonly [flag: string, listen: string, text: string, path: string])[] = [
  ['', ':9115', 'http://me:9115', ''],
  ['', '[::1]:80', 'http://me:80', ''],
  ['http://ex/a/b/', ':9115', 'http://ex/a/b', '/a/b'],
  ['https://ex', ':9115', 'https://ex', ''],
  ['https://ex//', 'nonsense', 'https://ex', ''],
  ['/only/path', ':9115', '/only/path', '/only/path'],
  ['ext:80/a', ':9115', 'ext:80/a', ''],
  ['rel/path/', ':9115', '/rel/path', '/rel/path'],
  ['http://[::1]:80/x', ':9115', 'http://[::1]:80/x', '/x'],
];
for (const [flag, listen, text, path] of urls) {
  t.test(`URL "${flag}"`, async (t) => {
    t.same(readExternalUrl(flag, listen, 'me'), { text, path });
  });
}

const wrong: readonly (readonly [flag: string, listen: string, message: string])[] = [
  ['"x"', ':9115', 'URL must not begin or end with quotes'],
  ['http://[::1', ':9115', 'parse "http://[::1": missing \']\' in host'],
  ['http://x/%zz', ':9115', 'parse "http://x/%zz": invalid URL escape "%zz"'],
  ['http://x/\n', ':9115', 'parse "http://x/\\n": net/url: invalid control character in URL'],
  ['', 'nonsense', 'address nonsense: missing port in address'],
  ['', 'vsock://:9115', 'address vsock://:9115: too many colons in address'],
];
for (const [flag, listen, message] of wrong) {
  t.test(`no URL "${flag}" at ${listen}`, async (t) => {
    t.throws(() => readExternalUrl(flag, listen, 'me'), { message });
  });
}

const prefixes: readonly (readonly [flag: string, path: string, prefix: string])[] = [
  ['', '', '/'],
  ['', '/a/b', '/a/b/'],
  ['/', '/a/b', '/'],
  ['zz', '', '/zz/'],
  ['//zz//', '/a', '/zz/'],
];
for (const [flag, path, prefix] of prefixes) {
  t.test(`prefix "${flag}" with external path "${path}"`, async (t) => {
    t.equal(readRoutePrefix(flag, path), prefix);
  });
}
