import t from 'tap';
import { systemBusSocket } from '../../../src/node/bus/bus-address.js';

t.test('addresses', async (t) => {
  const rows = [
    { address: undefined, path: '/run/dbus/system_bus_socket' },
    { address: '', path: '/run/dbus/system_bus_socket' },
    { address: 'unix:path=/tmp/bus', path: '/tmp/bus' },
    { address: 'unix:path=/tmp/bus,guid=1234', path: '/tmp/bus' },
    { address: 'unix:guid=1234,path=/tmp/a%20bus', path: '/tmp/a bus' },
    { address: 'unix:abstract=/tmp/dbus-x', path: '\0/tmp/dbus-x' },
    { address: 'tcp:host=127.0.0.1,port=1;unix:path=/second', path: '/second' },
  ];
  for (const { address, path } of rows) {
    t.same(systemBusSocket({ DBUS_SYSTEM_BUS_ADDRESS: address }), { path }, String(address));
  }
  t.throws(() => systemBusSocket({ DBUS_SYSTEM_BUS_ADDRESS: 'tcp:host=127.0.0.1' }), {
    message: 'cannot use DBUS_SYSTEM_BUS_ADDRESS "tcp:host=127.0.0.1": it has no unix:path= and no unix:abstract=',
  });
});
