// The processors that -cpu knows: what they can do, and what AT_HWCAP, uname and /proc/cpuinfo tell a program of them.
import type { CpuModel } from '../guest.ts';
import { features, type Feature } from './isa/features.ts';

/** AT_HWCAP by bit: Linux, arch/arm/include/uapi/asm/hwcap.h. */
export const hwcaps = [
  'swp', 'half', 'thumb', '26bit', 'fastmult', 'fpa', 'vfp', 'edsp', 'java', 'iwmmxt', 'crunch', 'thumbee', 'neon', 'vfpv3', 'vfpv3d16',
  'tls', 'vfpv4', 'idiva', 'idivt', 'vfpd32', 'lpae', 'evtstrm', 'fphp', 'asimdhp', 'asimddp', 'asimdfhm', 'asimdbf16', 'i8mm',
] as const;
/** AT_HWCAP2 by bit. */
export const hwcaps2 = ['aes', 'pmull', 'sha1', 'sha2', 'crc32', 'sb', 'ssbs'] as const;

type Told = (typeof hwcaps)[number] | (typeof hwcaps2)[number];

/** Main ID register fields (ARM ARM, DDI 0406, B4.1.105), and what Linux calls the processor and its architecture. */
type Identity = { readonly variant: number; readonly part: number; readonly revision: number; readonly name: string; readonly architecture: string };

const bits = (names: readonly string[], all: readonly string[]): number =>
  names.reduce((word, name, bit) => (all.includes(name) ? word | (1 << bit) : word), 0);

/** `version` is the kernel's: v7 gives the platform v7l and, where `machine` does not say another, the machine armv7l. */
function model(name: string, version: string, { variant, part, revision, name: kind, architecture }: Identity, all: readonly (Feature | Told)[], machine = `arm${version}l`): CpuModel {
  const hex = (n: number): string => `0x${n.toString(16)}`;
  const told = [...hwcaps, ...hwcaps2].filter((feature) => all.includes(feature));
  // As c_show of the kernel's arch/arm/kernel/setup.c writes it.
  const processor = (n: number): string[] => [
    `processor\t: ${n}`, `model name\t: ${kind} rev ${revision} (${version}l)`, 'BogoMIPS\t: 100.00', `Features\t: ${told.join(' ')} `,
    'CPU implementer\t: 0x41', `CPU architecture: ${architecture}`, `CPU variant\t: ${hex(variant)}`, `CPU part\t: ${hex(part)}`, `CPU revision\t: ${revision}`, '',
  ];
  const board = ['Hardware\t: Generic', 'Revision\t: 0000', 'Serial\t\t: 0000000000000000', ''];
  return {
    name, machine, hwcap: bits(hwcaps, all), hwcap2: bits(hwcaps2, all), platform: `${version}l`,
    cpuinfo: (processors) => [...processors.flatMap(processor), ...board].join('\n'),
    features: new Set(features.filter((feature) => all.includes(feature))),
  };
}

const armv5: readonly (Feature | Told)[] = ['half', 'thumb', 'fastmult', 'edsp', 'vfp'];
const armv6: readonly (Feature | Told)[] = [...armv5, 'v6', 'v6k', 'tls'];
const armv7: readonly (Feature | Told)[] = [...armv6, 'v7', 'vfpv3'];
const cortexA8: readonly (Feature | Told)[] = [...armv7, 'neon', 'vfpd32'];
const cortexA9: readonly (Feature | Told)[] = [...cortexA8, 'mp', 'halfconv'];
const cortexA15: readonly (Feature | Told)[] = [...cortexA9, 'vfpv4', 'idiva', 'idivt', 'lpae', 'evtstrm'];
const max: readonly (Feature | Told)[] = [
  ...cortexA15, 'v8', 'aes', 'pmull', 'sha1', 'sha2', 'crc32', 'sb', 'fphp', 'asimdhp', 'asimddp', 'asimdfhm', 'asimdbf16', 'i8mm', 'rdm', 'fcma', 'jscvt',
  // As qemu-arm's: no processor has short vectors and the younger instructions.
  'fpshvec',
];
const v7 = { name: 'ARMv7 Processor', architecture: '7' };

export const models: readonly CpuModel[] = [
  // uname says armv7l, as under qemu-arm: there are programs that know no armv8l.
  model('max', 'v8', { variant: 1, part: 0xd07, revision: 0, name: 'ARMv8 Processor', architecture: '8' }, max, 'armv7l'),
  model('cortex-a15', 'v7', { variant: 2, part: 0xc0f, revision: 1, ...v7 }, cortexA15),
  model('cortex-a7', 'v7', { variant: 0, part: 0xc07, revision: 5, ...v7 }, cortexA15),
  model('cortex-a9', 'v7', { variant: 0, part: 0xc09, revision: 0, ...v7 }, [...cortexA9, 'fpshvec']),
  model('cortex-a8', 'v7', { variant: 1, part: 0xc08, revision: 0, ...v7 }, [...cortexA8, 'fpshvec']),
  // Without vectors, as this one may be: what a program does there can be seen.
  model('cortex-a5', 'v7', { variant: 0, part: 0xc05, revision: 1, ...v7 }, [...armv7, 'mp', 'halfconv', 'vfpv3d16', 'vfpv4']),
  model('arm1176', 'v6', { variant: 0, part: 0xb76, revision: 7, name: 'ARMv6-compatible processor', architecture: '7' }, [...armv6, 'java', 'fpshvec']),
  model('arm926', 'v5', { variant: 0, part: 0x926, revision: 5, name: 'ARM926EJ-S', architecture: '5TEJ' }, [...armv5, 'swp', 'java', 'fpshvec'], 'armv5tejl'),
];
