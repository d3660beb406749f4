/**
 * A name by the kernel as part of a metric name. Invalid characters become an underscore, together with underscores
 * around them: `Queue[0] AllocFails` → `Queue_0_AllocFails`.
 */
export function cleanMetricName(name: string): string {
  return name.replace(/[^\dA-Za-z]+/g, (run) => (/[^_]/.test(run) ? '_' : run));
}
