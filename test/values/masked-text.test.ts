import t from 'tap';
import { loginSecrets, maskedStart, maskLogin, maskUrlPasswords, urlPasswords } from '../../src/values/masked-text.js';

t.test('passwords of URLs', async (t) => {
  for (const [text, masked] of [
    ['http://u:p@h/x', 'http://u:xxxxx@h/x'],
    ['parse "http://u:p@[::1/": bad', 'parse "http://u:xxxxx@[::1/": bad'],
    ['from ws://u:p@a to //v:q@r@b', 'from ws://u:xxxxx@a to //v:xxxxx@b'],
    ['http://u:%zz@h', 'http://u:xxxxx@h'],
    ['http://:p@h', 'http://:xxxxx@h'],
    ['http://u@h/x:y@z', 'http://u@h/x:y@z'],
    ['http://h:80/a@b', 'http://h:80/a@b'],
    ['me@example.com', 'me@example.com'],
    ['a:b@c:80', 'a:xxxxx@c:80'],
    [':b@c', ':xxxxx@c'],
    ['see a:b@c', 'see a:b@c'],
    ['[::1]:80/x@y', '[::1]:80/x@y'],
    ["http://o'neil:it's@h/", "http://o'neil:xxxxx@h/"],
    ["u:p'w@h", 'u:xxxxx@h'],
    ["see 'http://h:80/' or 'a@b'", "see 'http://h:80/' or 'a@b'"],
    ['http://u@x.test:p@h/y', 'http://u@x.test:xxxxx@h/y'],
    ['see http://u@x.test:p@h', 'see http://u@x.test:xxxxx@h'],
    ['u@x.test:p@h:80', 'u@x.test:xxxxx@h:80'],
    ['http://u@x.test:p/w@h', 'http://u@x.test:xxxxx@h'],
    ['u@x.test:p/w@h', 'u@x.test:xxxxx@h'],
    ['http://u v:p@h/x', 'http://u v:xxxxx@h/x'],
    ['http://u@h:80/x@y', 'http://u@h:80/x@y'],
    ['http://u:p/w@h/x', 'http://u:xxxxx@h/x'],
    ['http://u:p?w#"w@h', 'http://u:xxxxx@h'],
    ['http://u:p w\nw@h', 'http://u:xxxxx@h'],
    ['http://u:p/w//v:q@h', 'http://u:xxxxx@h'],
    ['http://h:80 u:p@h', 'http://h:xxxxx@h'],
    ['u:p/w@h:80', 'u:xxxxx@h:80'],
    ['http://[::1]:80/x@y', 'http://[::1]:80/x@y'],
    ['http://h:/x@y', 'http://h:/x@y'],
    ['http://u:p@h/x:y@z', 'http://u:xxxxx@h/x:y@z'],
    ['unix:/run/a@b', 'unix:/run/a@b'],
    ['x509: a/b is not c@d', 'x509: a/b is not c@d'],
    ['{"a":"b/c@d"}', '{"a":"b/c@d"}'],
    ['http:/u:p@h/x', 'http:/u:xxxxx@h/x'],
    ['http:/u:p/w@h', 'http:/u:xxxxx@h'],
    ['postgres://h/db?password=p%21&sslmode=disable', 'postgres://h/db?password=xxxxx&sslmode=disable'],
    ['postgres://u:p@h/db?user=a&sslpassword=q@r', 'postgres://u:xxxxx@h/db?user=a&sslpassword=xxxxx'],
    ['cannot read "postgres://h?password=p": no', 'cannot read "postgres://h?password=xxxxx": no'],
    ['host=h password=p&q@r user=u', 'host=h password=xxxxx user=u'],
    ["password = 'p \\' q' host=h", 'password = xxxxx host=h'],
    ["host=h sslpassword='p q", 'host=h sslpassword=xxxxx'],
    ['host=h password=p\\ q', 'host=h password=xxxxx'],
    ['Server=h;UID=u;PWD=p q;Database=d', 'Server=h;UID=u;PWD=xxxxx;Database=d'],
    ['u:p@tcp(h:3306)/db', 'u:xxxxx@tcp(h:3306)/db'],
    ['u:/p/w@tcp(h:3306)/db?a=b', 'u:xxxxx@tcp(h:3306)/db?a=b'],
    ['u:12/w@(h)/', 'u:xxxxx@(h)/'],
    ['the password is wrong', 'the password is wrong'],
    ['the passwords=3', 'the passwords=3'],
  ] as const) {
    t.equal(maskUrlPasswords(text), masked, text);
  }
});

t.test('the beginning of a text, with passwords masked', async (t) => {
  for (const [text, most, masked] of [
    ['http://u:p@h/x', 20, 'http://u:xxxxx@h/x'],
    ['http://u:p@h/xyz', 14, 'http://u:xxxxx@h/x'],
    ['http://u:password@h/', 13, 'http://u:xxxxx'],
    ['u:p@h/xyz', 7, 'u:xxxxx@h/x'],
    ['u:password@h/', 6, 'u:xxxxx'],
    ['http://u:p@ss@h/', 12, 'http://u:xxxxx'],
    ['http://u:p@h/ //v:qq@h', 19, 'http://u:xxxxx@h/ //v:xxxxx'],
    ['http://hostname/', 8, 'http://h'],
    ['http://u:pa/ss@h/', 12, 'http://u:xxxxx'],
    ['http://u@x.test:password@h/', 18, 'http://u@x.test:xxxxx'],
    ['http://u@x.test:pa/ssword@h/', 20, 'http://u@x.test:xxxxx'],
    ['http://h:80/abcdefg', 12, 'http://h:80/'],
  ] as const) {
    t.equal(maskedStart(text, most), masked, text);
  }
});

t.test('passwords of the URLs in a text', async (t) => {
  t.same(urlPasswords('http://u:a%21@h //v:b@h //v:b@h'), ['a%21', 'a!', 'b']);
  t.same(urlPasswords('u:a%21@h:80'), ['a%21', 'a!'], 'without a scheme');
  t.same(urlPasswords('http://u@x.test:p@h //v@x:q@h'), ['p', 'q']);
  t.same(urlPasswords('http://h/x:y@z'), []);
  t.same(urlPasswords("http://u:it's@h"), ["it's"]);
  t.same(urlPasswords('http:/u:p@h'), ['p']);
  t.same(urlPasswords('postgres://u:a@h?password=p%21'), ['p%21', 'p!', 'a']);
  t.same(urlPasswords("host=h password='p\\'q r'"), ["'p\\'q r'", "p'q r"]);
  t.same(urlPasswords('host=h password=pq'), ['pq']);
  t.same(urlPasswords('http://u:p/w@h'), ['p/w', ':p'], 'and what is taken for a port');
  const many = Array.from({ length: 30 }, (_, index) => `//:${index}@`).join('');
  t.same(urlPasswords(many), ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'], 'no more than ten');
});

t.test('what is secret of log-ins', async (t) => {
  for (const [text, ...secrets] of [
    ['PASS hunter2', 'hunter2', 'hunter2'],
    ['AUTH prober change-me \r\n', 'prober change-me', 'change-me'],
    ['USER u\r\nPASS p\tq\r\nOPER a b', 'p\tq', 'q', 'a b', 'b'],
    ['AUTH PLAIN\r\nPASS ${1}'],
    ['EHLO there'],
  ] as const) {
    t.same(loginSecrets(text), secrets, text);
  }
});

t.test('log-ins of dialogues', async (t) => {
  for (const [text, masked] of [
    ['PASS hunter2', 'PASS <secret>'],
    ['AUTH prober change-me\r\n', 'AUTH <secret>\r\n'],
    ['auth PLAIN AGFiYw==', 'auth <secret>'],
    ['HELLO 3 AUTH u p', 'HELLO 3 AUTH <secret>'],
    ['a1 LOGIN u p', 'a1 LOGIN <secret>'],
    ['USER u\r\nPASS p\r\nQUIT', 'USER u\r\nPASS <secret>\r\nQUIT'],
    ['AUTHINFO PASS y', 'AUTHINFO <secret>'],
    ['authinfo user u', 'authinfo <secret>'],
    ['a AUTHENTICATE XOAUTH2 dXNlcg==', 'a AUTHENTICATE <secret>'],
    ['AUTHENTICATE PLAIN AGFiYw==', 'AUTHENTICATE <secret>'],
    ['IDENTIFY pw', 'IDENTIFY <secret>'],
    ['PRIVMSG NickServ :IDENTIFY pw', 'PRIVMSG NickServ :IDENTIFY <secret>'],
    ['NickServ IDENTIFY u pw', 'NickServ IDENTIFY <secret>'],
    ['NS IDENTIFY pw', 'NS IDENTIFY <secret>'],
    ['OPER u p', 'OPER <secret>'],
    ['AUTH PLAIN\r\nAUTH LOGIN dXNlcg==', 'AUTH PLAIN\r\nAUTH <secret>'],
    ['PASS ${1}x', 'PASS <secret>'],
    ['PASS $ecret!', 'PASS <secret>'],
    ['AUTH $user', 'AUTH <secret>'],
    ['PASS PLAIN', 'PASS <secret>'],
    ['AUTH TLS x', 'AUTH <secret>'],
    ...[
      ...['AUTH TLS', 'AUTH TLS-C\r\n', 'AUTH SSL', 'AUTH PLAIN', 'auth login', 'AUTH CRAM-MD5', 'AUTH XOAUTH2'],
      ...['AUTH SCRAM-SHA-256-PLUS', 'a1 AUTHENTICATE PLAIN', 'PASS ${1}', 'PASS $1', 'PASS ${word}'],
      ...['AUTHENTICATE', 'PRIVMSG #a :who does IDENTIFY', 'IDENTIFYING x', 'CAP REQ :sasl'],
    ].map((shown) => [shown, shown] as const),
    ['PASSIVE', 'PASSIVE'],
    ['AUTH', 'AUTH'],
    ['PING', 'PING'],
    ['GET /auth x', 'GET /auth x'],
  ] as const) {
    t.equal(maskLogin(text), masked, text);
  }
});
