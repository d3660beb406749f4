import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { startMosquitto, startRabbitmq } from '../servers/brokers.js';
import { makePlace } from '../servers/real-server.js';
import { checkRecipe, openRecipes, startWrongServers, withServer } from '../servers/recipes.js';

const wrong = await startWrongServers(t);
const noTls = wrong.greeter('tls/tls_handshake_failed');

withServer(t, { name: 'Mosquitto', programs: ['mosquitto'] }, async (t, { place, recipes, found: [mosquitto] }) => {
  const open = await startMosquitto(t, mosquitto!, place, true);
  const closed = await startMosquitto(t, mosquitto!, place, false);
  const needsPassword = {
    name: 'a broker that wants a password',
    target: closed.plain,
    verdict: 'dialogue/response_mismatch',
  };
  await checkRecipe(t, recipes, {
    module: 'mqtt_connect',
    target: open.plain,
    wrong: [wrong.web('dialogue/response_mismatch'), wrong.greeter('dialogue/response_mismatch'), needsPassword],
  });
  await checkRecipe(t, recipes, { module: 'mqtts_connect', target: open.tls, tls: true, wrong: [noTls] });
});

const rabbitmqServer = { name: 'RabbitMQ', programs: ['rabbitmq-server', 'epmd'], overlay: true } as const;

withServer(t, rabbitmqServer, async (t, { place, recipes, found: [rabbitmq, epmd] }) => {
  const { plain, tls } = await startRabbitmq(t, [rabbitmq!, epmd!], place);
  const other = [wrong.web('dialogue/response_rejected'), wrong.greeter('dialogue/response_rejected')];
  await checkRecipe(t, recipes, { module: 'amqp_start', target: plain, wrong: other });
  await checkRecipe(t, recipes, { module: 'amqps_start', target: tls, tls: true, wrong: [noTls] });
});

/**
 * There is no Kafka in Debian: a responder of our own that reads the request as the protocol's specification has it.
 */
async function startKafka(t: Test, errorCode: number): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (request) => {
      const isApiVersions =
        request.readInt32BE(0) === request.length - 4 && request.readInt16BE(4) === 18 && request.readInt16BE(6) === 0;
      if (!isApiVersions) return socket.destroy();
      const apis = [0, 1, 3, 18].flatMap((key) => [0, key, 0, 0, 0, 9]);
      const body = Buffer.from([...request.subarray(8, 12), 0, errorCode, 0, 0, 0, 4, ...apis]);
      const length = Buffer.alloc(4);
      length.writeInt32BE(body.length);
      // In two pieces, as a busy network might deliver it.
      socket.write(length);
      setImmediate(() => socket.write(body));
      return undefined;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

t.test('Kafka (a responder of our own)', async (t) => {
  const recipes = await openRecipes(await makePlace(t));
  const failing = {
    name: 'a broker with an error',
    target: await startKafka(t, 35),
    verdict: 'dialogue/response_rejected',
  };
  await checkRecipe(t, recipes, {
    module: 'kafka_api_versions',
    target: await startKafka(t, 0),
    wrong: [wrong.web('dialogue/response_rejected'), wrong.greeter('dialogue/response_rejected'), failing],
  });
});
