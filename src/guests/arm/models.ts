// The processors that -cpu knows: what AT_HWCAP and /proc/cpuinfo tell a program of them.
import type { CpuModel } from '../guest.ts';

/** AT_HWCAP by bit: Linux, arch/arm/include/uapi/asm/hwcap.h. */
const hwcaps = [
  'swp', 'half', 'thumb', '26bit', 'fastmult', 'fpa', 'vfp', 'edsp', 'java', 'iwmmxt', 'crunch', 'thumbee', 'neon', 'vfpv3', 'vfpv3d16',
  'tls', 'vfpv4', 'idiva', 'idivt', 'vfpd32', 'lpae', 'evtstrm', 'fphp', 'asimdhp', 'asimddp', 'asimdfhm', 'asimdbf16', 'i8mm',
] as const;
/** AT_HWCAP2 by bit. */
const hwcaps2 = ['aes', 'pmull', 'sha1', 'sha2', 'crc32', 'sb', 'ssbs'] as const;

type Feature = (typeof hwcaps)[number] | (typeof hwcaps2)[number];

/** Main ID register fields: ARM ARM (DDI 0406), B4.1.105. */
type Identity = { readonly variant: number; readonly part: number; readonly revision: number };

const bits = (names: readonly string[], features: readonly Feature[]): number =>
  names.reduce((all, name, bit) => (features.includes(name as Feature) ? all | (1 << bit) : all), 0);

function model(name: string, { variant, part, revision }: Identity, features: readonly Feature[]): CpuModel {
  const hex = (n: number): string => `0x${n.toString(16)}`;
  const cpuinfo = [
    'processor\t: 0', `model name\t: ARMv7 Processor rev ${revision} (v7l)`, 'BogoMIPS\t: 100.00', `Features\t: ${features.join(' ')}`,
    'CPU implementer\t: 0x41', 'CPU architecture: 7', `CPU variant\t: ${hex(variant)}`, `CPU part\t: ${hex(part)}`, `CPU revision\t: ${revision}`,
    '', 'Hardware\t: Generic', 'Revision\t: 0000', 'Serial\t\t: 0000000000000000', '',
  ];
  return { name, hwcap: bits(hwcaps, features), hwcap2: bits(hwcaps2, features), platform: 'v7l', cpuinfo: cpuinfo.join('\n') };
}

const armv7: readonly Feature[] = ['half', 'thumb', 'fastmult', 'vfp', 'edsp', 'neon', 'vfpv3', 'tls', 'vfpd32'];
const cortexA15: readonly Feature[] = [...armv7, 'vfpv4', 'idiva', 'idivt', 'lpae'];

export const models: readonly CpuModel[] = [
  model('max', { variant: 2, part: 0xc0f, revision: 1 }, [...cortexA15, 'fphp', 'asimdhp', 'asimddp', 'asimdfhm', 'asimdbf16', 'i8mm', 'crc32']),
  model('cortex-a15', { variant: 2, part: 0xc0f, revision: 1 }, cortexA15),
  model('cortex-a7', { variant: 0, part: 0xc07, revision: 5 }, cortexA15),
  model('cortex-a9', { variant: 0, part: 0xc09, revision: 0 }, armv7),
  model('cortex-a8', { variant: 1, part: 0xc08, revision: 0 }, armv7),
  // Without vectors, as this one may be: what a program does there can be seen.
  model('cortex-a5', { variant: 0, part: 0xc05, revision: 1 }, ['half', 'thumb', 'fastmult', 'vfp', 'edsp', 'vfpv3', 'vfpv3d16', 'tls', 'vfpv4']),
];
