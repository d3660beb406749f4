/** What both fakes begin with: the bus, and how units and sessions are written. */
const PRELUDE = `
import dbus, dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

DBusGMainLoop(set_as_default=True)
bus = dbus.SystemBus()
U64MAX = 2**64 - 1

def escape(name):
    return ''.join(chr(b) if chr(b).isalnum() and b < 128 else '_%02x' % b for b in name.encode())

def unit(name, load, active, properties=None, vanishes=False):
    path = '/org/freedesktop/systemd1/unit/' + (escape(name) or '_')
    return dict(name=name, load=load, active=active, path=path, properties=properties or {}, vanishes=vanishes)

def service(kind, restarts, tasks, most, entered):
    return {'Service': {'Type': kind, 'NRestarts': dbus.UInt32(restarts), 'TasksCurrent': dbus.UInt64(tasks), 'TasksMax': dbus.UInt64(most)},
            'Unit': {'ActiveEnterTimestamp': dbus.UInt64(entered)}}

def session(seat, remote, kind, of):
    return (seat, {'Remote': remote, 'Type': kind, 'Class': of})
`;

/**
 * Ordinary units of every kind that is asked for, one that is gone when it is asked, and what an older systemd does not
 * have.
 */
const PLAIN = `
UNITS = [
    unit('web.service', 'loaded', 'active', service('notify', 3, 7, 4915, 1700000000123456)),
    unit('gone.service', 'loaded', 'active', vanishes=True),
    unit('old.service', 'loaded', 'failed', service('simple', 4294967295, U64MAX, U64MAX, 0)),
    unit('name\\\\x2dwith-ünïcode@1.service', 'loaded', 'activating', service('oneshot', 0, 0, 1, 0)),
    unit('absent.service', 'not-found', 'inactive'),
    unit('home.mount', 'loaded', 'active', {'Mount': {'Type': 'ext4'}}),
    unit('daily.timer', 'loaded', 'active', {'Timer': {'LastTriggerUSec': dbus.UInt64(1700000001500000)}, 'Unit': {'ActiveEnterTimestamp': dbus.UInt64(5000000)}}),
    unit('api.socket', 'loaded', 'active', {'Socket': {'NAccepted': dbus.UInt32(12), 'NConnections': dbus.UInt32(2), 'NRefused': dbus.UInt32(1)}}),
    unit('older.socket', 'loaded', 'active', {'Socket': {'NAccepted': dbus.UInt32(1), 'NConnections': dbus.UInt32(0)}}),
    unit('multi-user.target', 'loaded', 'active'),
    unit('odd.device', 'loaded', 'plugged'),
    unit('closing.scope', 'loaded', 'deactivating'),
] + [unit('many%d.service' % i, 'loaded', 'inactive', service('simple', 0, 0, 1, 0)) for i in range(300)]
MANAGER = {'Version': '252.38-1~deb12u1', 'Virtualization': 'kvm', 'SystemState': 'running'}
SEATS = ['seat0']
SESSIONS = {'c1': session('seat0', False, 'x11', 'user'), '2': session('', True, 'tty', 'user'), '3': session('', True, 'tty', 'user'), 'c4': session('seat0', False, 'hologram', 'robot'), 'gone': ('', None)}
`;

/** Units and sessions with names, states and properties that are missing, empty, negative or of other types. */
const ODD = String.raw`
UNITS = [
    unit('sound.service', 'loaded', 'active', service('notify', 3, 7, 4915, 1700000000123456)),
    unit('sound.timer', 'loaded', 'active', {'Timer': {'LastTriggerUSec': dbus.UInt64(1700000001500000)}, 'Unit': {'ActiveEnterTimestamp': dbus.UInt64(5)}}),
    unit('sound.socket', 'loaded', 'active', {'Socket': {'NAccepted': dbus.UInt32(12), 'NConnections': dbus.UInt32(2), 'NRefused': dbus.UInt32(1)}}),
    unit('', 'loaded', 'active'),
    unit('.service', 'loaded', 'active', service('', 0, 0, 0, 0)),
    unit('without-a-kind', 'loaded', 'active'),
    unit('bare.service', 'loaded', 'active'),
    unit('bare.timer', 'loaded', 'active'),
    unit('bare.socket', 'loaded', 'active'),
    unit('bare.mount', 'loaded', 'active'),
    unit('constructor.service', 'loaded', 'active', service('simple', 1, 1, 1, 1)),
    unit('__proto__', 'loaded', 'constructor'),
    unit('quote"line\n\x01back\\slash.service', 'loaded', 'active', service('odd"\n\\', 1, 1, 1, 1)),
    unit('\U0001f600.service', 'loaded', 'active', service('simple', 1, 1, 1, 1)),
    unit('long' * 5000 + '.service', 'loaded', 'active', service('simple', 1, 1, 1, 1)),
    unit('wrong-twice.service', 'loaded', 'failed'),
    unit('wrong-twice.service', 'loaded', 'active', service('simple', 1, 1, 1, 1)),
    unit('melting.service', 'loaded', 'melting', service('simple', 1, 1, 1, 1)),
    unit('stateless.service', 'loaded', '', service('simple', 1, 1, 1, 1)),
    unit('unloaded.service', '', 'active', service('simple', 1, 1, 1, 1)),
    unit('gone.socket', 'loaded', 'active', vanishes=True),
    unit('gone.timer', 'loaded', 'active', vanishes=True),
    unit('wrong-text.service', 'loaded', 'active', {'Service': {'Type': 5, 'NRestarts': 'many', 'TasksCurrent': '', 'TasksMax': [1, 2]}, 'Unit': {'ActiveEnterTimestamp': 'now'}}),
    unit('wrong-negative.service', 'loaded', 'active', {'Service': {'Type': ['a'], 'NRestarts': -1, 'TasksCurrent': dbus.Int64(-1), 'TasksMax': dbus.Double(-0.5)}, 'Unit': {'ActiveEnterTimestamp': dbus.Int64(-5)}}),
    unit('wrong-nan.service', 'loaded', 'active', {'Service': {'Type': True, 'NRestarts': dbus.Double('nan'), 'TasksCurrent': dbus.Double('inf'), 'TasksMax': {'a': 1}}, 'Unit': {'ActiveEnterTimestamp': False}}),
    unit('wrong.timer', 'loaded', 'active', {'Timer': {'LastTriggerUSec': dbus.Int64(-5)}}),
    unit('wrong.socket', 'loaded', 'active', {'Socket': {'NAccepted': '12', 'NConnections': -2, 'NRefused': dbus.UInt32(1)}}),
] + [unit('many%d.service' % i, 'loaded', 'inactive', service('simple', 0, 0, 1, 0)) for i in range(1500)]
MANAGER = {'Version': '300~odd', 'Virtualization': '', 'SystemState': 'melting'}
SEATS = ['seat0', 'odd"\n']
SESSIONS = {
    'sound': session('seat0', False, 'x11', 'user'),
    'gone': ('seat0', None),
    'bare': ('seat0', {}),
    'untyped': ('seat0', {'Remote': True, 'Class': 'user'}),
    'classless': ('seat0', {'Remote': True, 'Type': 'tty'}),
    'near': ('seat0', {'Type': 'tty', 'Class': 'user'}),
    'blank': session('', False, '', ''),
    'elsewhere': session('seat9', False, 'x11', 'user'),
    'seated': session('odd"\n', True, 'web', 'greeter'),
    'number': session('seat0', 1, 'mir', 'user'),
    'text': session('seat0', 'true', 'wayland', 'user'),
    'wrong_type': session('seat0', True, 7, 'user'),
    'wrong_class': session('seat0', True, 'tty', ['user']),
    'own': session('seat0', False, 'constructor', '__proto__'),
}
`;

/** The objects on the bus. */
const SERVICES = `
BY_PATH = {u['path']: u for u in UNITS if not u['vanishes']}

def lookup(properties, name):
    if name not in properties:
        raise dbus.exceptions.DBusException('no ' + name, name='org.freedesktop.DBus.Error.UnknownProperty')
    return properties[name]

class Systemd(dbus.service.FallbackObject):
    @dbus.service.method('org.freedesktop.systemd1.Manager', out_signature='a(ssssssouso)')
    def ListUnits(self):
        return [(u['name'], 'Description of ' + u['name'], u['load'], u['active'], 'sub', '', u['path'], dbus.UInt32(0), '', '/') for u in UNITS]

    @dbus.service.method('org.freedesktop.DBus.Properties', in_signature='ss', out_signature='v', path_keyword='path')
    def Get(self, interface, name, path=None):
        if interface.endswith('.Manager'):
            return lookup(MANAGER, name)
        if path not in BY_PATH:
            raise dbus.exceptions.DBusException('no such unit', name='org.freedesktop.DBus.Error.UnknownObject')
        return lookup(BY_PATH[path]['properties'].get(interface.split('.')[-1], {}), name)

class Logind(dbus.service.FallbackObject):
    @dbus.service.method('org.freedesktop.login1.Manager', out_signature='a(so)')
    def ListSeats(self):
        return [(seat, '/org/freedesktop/login1/seat/' + escape(seat)) for seat in SEATS]

    @dbus.service.method('org.freedesktop.login1.Manager', out_signature='a(susso)')
    def ListSessions(self):
        return [(key, dbus.UInt32(1000), 'ann', seat, '/org/freedesktop/login1/session/_' + key) for key, (seat, _) in SESSIONS.items()]

    @dbus.service.method('org.freedesktop.DBus.Properties', in_signature='ss', out_signature='v', path_keyword='path')
    def Get(self, interface, name, path=None):
        key = path.split('/_')[-1]
        properties = SESSIONS[key][1]
        if properties is None:
            raise dbus.exceptions.DBusException('no such session', name='org.freedesktop.DBus.Error.UnknownObject')
        return lookup(properties, name)

names = [dbus.service.BusName('org.freedesktop.systemd1', bus), dbus.service.BusName('org.freedesktop.login1', bus)]
objects = [Systemd(bus, '/org/freedesktop/systemd1'), Logind(bus, '/org/freedesktop/login1')]
print('ready')
GLib.MainLoop().run()
`;

/** systemd and logind as they look over the bus, in Python on libdbus. Prints `ready`. */
export const FAKE_SYSTEMD = PRELUDE + PLAIN + SERVICES;

/** The fake with odd units and sessions; the real program dies of those whose name begins with `wrong`. */
export const ODD_SYSTEMD = PRELUDE + ODD + SERVICES;
