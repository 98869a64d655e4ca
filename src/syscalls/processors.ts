// The processors of the host's that are online: the guest has as many.
import { readHostFile } from './proc-maps.ts';

/** Their numbers. */
export function onlineProcessors(): number[] {
  const ranges = readHostFile('/sys/devices/system/cpu/online').trim().split(',').map((range) => range.split('-').map(Number));
  return ranges.flatMap(([from = 0, to = from]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
}
