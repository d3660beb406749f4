import { connect } from 'node:net';

// A process of its own for clients that open connections and fall silent: `node many-clients.js PORT COUNT`. It says
// how many were opened, in a line.
const [port = '', count = ''] = process.argv.slice(2);

/** What they say before they do, by turns: nothing, the beginning of TLS, half a request, what is no protocol. */
const FIRST_WORDS = ['', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'GET / HTTP/1.1\r\nHost', '\x00\xff'];

/** So many are dialled at once, fewer than wait to be accepted. */
const AT_ONCE = 100;

function dial(index: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {
      resolve(false);
    });
    socket.on('connect', () => {
      socket.write(Buffer.from(FIRST_WORDS[index % FIRST_WORDS.length] ?? '', 'latin1'));
      resolve(true);
    });
  });
}

let opened = 0;
for (let index = 0; index < Number(count); index += AT_ONCE) {
  const some = await Promise.all(Array.from({ length: AT_ONCE }, (_unused, offset) => dial(index + offset)));
  opened += some.filter(Boolean).length;
}
console.log(`opened ${opened}`);
setInterval(() => undefined, 1000);
