// The processors that -cpu knows: what AT_HWCAP, /proc/cpuinfo and riscv_hwprobe(2) tell a program of them.
import type { CpuModel, Guest } from '../guest.ts';
import type { Xlen } from './state.ts';

/** AT_HWCAP has a bit for each single-letter extension. */
const hwcap = (letters: string): number => [...letters].reduce((all, letter) => all | 1 << (letter.charCodeAt(0) - 97), 0);

const extensions = [
  'zicbom', 'zicbop', 'zicboz', 'zicntr', 'zicond', 'zicsr', 'zifencei', 'zihintntl', 'zihintpause', 'zimop', 'zacas', 'zawrs', 'zfa', 'zfh', 'zfhmin',
  'zca', 'zcb', 'zcd', 'zcmop', 'zba', 'zbb', 'zbc', 'zbs',
] as const;

export const models = (xlen: Xlen): readonly CpuModel[] => [{
  name: 'max', hwcap: hwcap('imafdc'), hwcap2: 0, platform: '', features: new Set(),
  cpuinfo: (processors) => processors.map((n) => [
    `processor\t: ${n}`, `hart\t\t: ${n}`, `isa\t\t: rv${xlen}imafdc_${extensions.join('_')}`, `mmu\t\t: sv${xlen === 64 ? 39 : 32}`,
    'mvendorid\t: 0x0', 'marchid\t\t: 0x0', 'mimpid\t\t: 0x0', '', '',
  ].join('\n')).join(''),
}];

/** riscv_hwprobe's keys and values: Documentation/arch/riscv/hwprobe.rst. Values are two words. */
const BASE_IMA = 1;
const bit = {
  FD: 0, C: 1, ZBA: 3, ZBB: 4, ZBS: 5, ZICBOZ: 6, ZBC: 7, ZFH: 27, ZFHMIN: 28, ZIHINTNTL: 29, ZFA: 32, ZACAS: 34, ZICOND: 35, ZIHINTPAUSE: 36, ZIMOP: 42,
  ZCA: 43, ZCB: 44, ZCD: 45, ZCMOP: 47, ZAWRS: 48,
} as const;
const has = (...bits: number[]): readonly [number, number] =>
  [bits.filter((n) => n < 32).reduce((all, n) => all | 1 << n, 0), bits.filter((n) => n >= 32).reduce((all, n) => all | 1 << (n - 32), 0)];
const FAST = 3, BLOCK = 64;

/** Keys 0 to 2 name the maker; then base behaviour, extensions, unaligned access, the block of cbo.zero, and scalar unaligned access. */
export const hwprobe: NonNullable<Guest['hwprobe']> = {
  values: { 0: [0, 0], 1: [0, 0], 2: [0, 0], 3: [BASE_IMA, 0], 4: has(...Object.values(bit)), 5: [FAST, 0], 6: [BLOCK, 0], 9: [FAST, 0] },
  sets: [3, 4, 5],
};
