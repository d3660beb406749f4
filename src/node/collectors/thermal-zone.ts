import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec, Scrape } from '../collector.js';
import { integerLater } from '../sysfs-values.js';

const temperature = gauge('node_thermal_zone_temp', 'Zone temperature in Celsius', ['zone', 'type']);
const currentState = gauge('node_cooling_device_cur_state', 'Current throttle state of the cooling device', [
  'name',
  'type',
]);
const maximumState = gauge('node_cooling_device_max_state', 'Maximum throttle state of the cooling device', [
  'name',
  'type',
]);

const FOLDER = 'class/thermal';

/** /sys/class/thermal: the zones that are not disabled, and the cooling devices. */
export const thermalZone: CollectorSpec = {
  name: 'thermal_zone',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: async (scrape) => {
      const names = scrape.files.sys.namesIfAny(FOLDER);
      await Promise.all([
        ...numbersOf(names, 'thermal_zone').map((zone) => collectZone(scrape, zone)),
        ...numbersOf(names, 'cooling_device').map((device) => collectCoolingDevice(scrape, device)),
      ]);
    },
  }),
};

/** The numbers at the end of names that begin with `prefix`: `0` of `thermal_zone0`. */
function numbersOf(names: readonly string[], prefix: string): readonly string[] {
  const numbered = names.filter((name) => name.startsWith(prefix) && /^\d/.test(name.slice(prefix.length)));
  return numbered.map((name) => name.slice(prefix.length));
}

async function collectZone({ metrics, files: { sys } }: Scrape, zone: string): Promise<void> {
  const folder = `${FOLDER}/thermal_zone${zone}`;
  if (sys.value(`${folder}/mode`) === 'disabled') return;
  const type = sys.value(`${folder}/type`) ?? '';
  const milliCelsius = await integerLater(sys, `${folder}/temp`);
  if (milliCelsius !== undefined) metrics.setWith(temperature, { zone, type }, milliCelsius / 1000);
}

async function collectCoolingDevice({ metrics, files: { sys } }: Scrape, name: string): Promise<void> {
  const folder = `${FOLDER}/cooling_device${name}`;
  const type = sys.value(`${folder}/type`);
  if (type === undefined) return;
  const maximum = await integerLater(sys, `${folder}/max_state`);
  const current = await integerLater(sys, `${folder}/cur_state`);
  if (maximum !== undefined) metrics.setWith(maximumState, { name, type }, maximum);
  if (current !== undefined) metrics.setWith(currentState, { name, type }, current);
}
