/**
 * systemd and logind as they look over the bus, in Python on libdbus: units of every kind that is asked for, one that is gone when it is asked,
 * properties that an older systemd does not have, and three sessions. Prints `ready`.
 */
export const FAKE_SYSTEMD = `
import dbus, dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

DBusGMainLoop(set_as_default=True)
bus = dbus.SystemBus()
U64MAX = 2**64 - 1

def escape(name):
    return ''.join(chr(b) if chr(b).isalnum() and b < 128 else '_%02x' % b for b in name.encode())

def unit(name, load, active, properties=None):
    return dict(name=name, load=load, active=active, path='/org/freedesktop/systemd1/unit/' + escape(name), properties=properties or {})

def service(kind, restarts, tasks, most, entered):
    return {'Service': {'Type': kind, 'NRestarts': dbus.UInt32(restarts), 'TasksCurrent': dbus.UInt64(tasks), 'TasksMax': dbus.UInt64(most)},
            'Unit': {'ActiveEnterTimestamp': dbus.UInt64(entered)}}

UNITS = [
    unit('web.service', 'loaded', 'active', service('notify', 3, 7, 4915, 1700000000123456)),
    unit('gone.service', 'loaded', 'active'),
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
SESSIONS = {'c1': ('seat0', False, 'x11', 'user'), '2': ('', True, 'tty', 'user'), '3': ('', True, 'tty', 'user'), 'c4': ('seat0', False, 'hologram', 'robot')}

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
        for u in UNITS:
            if u['path'] == path:
                return lookup(u['properties'].get(interface.split('.')[-1], {}), name)
        raise dbus.exceptions.DBusException('no such unit', name='org.freedesktop.DBus.Error.UnknownObject')

class Logind(dbus.service.FallbackObject):
    @dbus.service.method('org.freedesktop.login1.Manager', out_signature='a(so)')
    def ListSeats(self):
        return [('seat0', '/org/freedesktop/login1/seat/seat0')]

    @dbus.service.method('org.freedesktop.login1.Manager', out_signature='a(susso)')
    def ListSessions(self):
        listed = [(key, dbus.UInt32(1000), 'ann', seat, '/org/freedesktop/login1/session/_' + key) for key, (seat, _, _, _) in SESSIONS.items()]
        return listed + [('gone', dbus.UInt32(1000), 'ann', '', '/org/freedesktop/login1/session/_gone')]

    @dbus.service.method('org.freedesktop.DBus.Properties', in_signature='ss', out_signature='v', path_keyword='path')
    def Get(self, interface, name, path=None):
        key = path.split('/_')[-1]
        if key not in SESSIONS:
            raise dbus.exceptions.DBusException('no such session', name='org.freedesktop.DBus.Error.UnknownObject')
        _, remote, kind, of = SESSIONS[key]
        return lookup({'Remote': dbus.Boolean(remote), 'Type': kind, 'Class': of}, name)

names = [dbus.service.BusName('org.freedesktop.systemd1', bus), dbus.service.BusName('org.freedesktop.login1', bus)]
objects = [Systemd(bus, '/org/freedesktop/systemd1'), Logind(bus, '/org/freedesktop/login1')]
print('ready')
GLib.MainLoop().run()
`;
