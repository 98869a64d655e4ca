// What processors lack is SIGILL on them: words of every row of every table run on every model that qemu-arm has too. And what
// the kernel tells of each.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hwcaps, hwcaps2, models } from '../../src/guests/arm/models.ts';
import { samplesOf } from './model-rows.ts';
import { answers, probes } from './probes.ts';
import { CODE, elf, random } from './program.ts';
import { build } from '../support/build.ts';
import { testGuest } from '../support/guests.ts';
import { flagsOf, readHead, waysOf } from '../support/programs.ts';
import { runFile } from './run.ts';

const arm = testGuest('arm');
const seed = Number(process.env.TSEMU_TEST_SEED ?? 1);
const common = models.filter(({ name }) => name !== 'cortex-a5');

/** qemu-arm 7.2 has these where the manual, and these processors, do not: fused operations of Advanced SIMD without VFPv4, hints of T16 before Thumb-2, loads and stores of halves without FEAT_FP16. */
function isMadeUp(row: string, has: ReadonlySet<string>): boolean {
  if (/^NEON: vfm[as]$/.test(row)) return !has.has('vfpv4');
  if (row === 'T16: hint') return !has.has('v7');
  return /^VFP halves: v(ldr|str)F16$/.test(row) && !has.has('fphp');
}

describe.each(['A32', 'T16', 'T32'] as const)('%s', (set) => {
  const samples = samplesOf(set, random(seed));
  const words = samples.map(({ word }) => word);
  // Before Thumb-2, words are two instructions.
  test.each(common.filter(({ features }) => set !== 'T32' || features.has('v7')))('$name has what it has', ({ name, features }) => {
    const { tsemu, qemu } = runFile(probes(words, set !== 'A32'), '0', name);
    expect([tsemu.end, qemu.end, qemu.output.length]).toEqual(['0', '0', 4 * words.length]);
    const [ours, theirs] = [answers(tsemu.output), answers(qemu.output)];
    const differ = samples.filter(({ row }, i) => ours[i] !== (isMadeUp(row, features) ? 1 : theirs[i]));
    expect(differ.map(({ row, word }) => `${row} ${word.toString(16)}`)).toEqual([]);
  });
});

/** What Linux tells, and how qemu-arm 7.2 tells it otherwise: SWP is not for processors with exclusives, ThumbEE is not there, and qemu-arm knows fewer names. */
const told: Readonly<Record<string, readonly [line: string, lacks: string, adds: string]>> = {
  max: ['0fffb0d6 0000003f v8l armv7l', 'evtstrm fphp asimdhp asimddp asimdfhm asimdbf16 i8mm sb', 'swp'],
  'cortex-a15': ['003fb0d6 00000000 v7l armv7l', 'evtstrm', 'swp thumbee'],
  'cortex-a7': ['003fb0d6 00000000 v7l armv7l', 'evtstrm', 'swp thumbee'],
  'cortex-a9': ['0008b0d6 00000000 v7l armv7l', '', 'swp thumbee'],
  'cortex-a8': ['0008b0d6 00000000 v7l armv7l', '', 'swp thumbee'],
  arm1176: ['000081d6 00000000 v6l armv6l', 'java', 'swp'],
  arm926: ['000001d7 00000000 v5l armv5tejl', 'java', ''],
};
const names = (line: string): string[] => {
  const [first, second] = line.split(' ').map((word) => parseInt(word, 16));
  return [...hwcaps.filter((_, bit) => first! >>> bit & 1), ...hwcaps2.filter((_, bit) => second! >>> bit & 1)];
};

const source = join(__dirname, '../programs/arm-identity.c');
const head = readHead(readFileSync(source, 'utf8'));

test.each(common)('$name is told of as Linux does', ({ name }) => {
  const { tsemu, qemu } = runFile(readFileSync(build(arm, source, flagsOf(arm, waysOf(arm, head)[0]!, head))), '0', name);
  const [ours, theirs] = [tsemu, qemu].map(({ output }) => Buffer.from(output).toString().trimEnd());
  const [line, lacks, adds] = told[name]!;
  expect(ours).toBe(line);
  expect(names(ours!).filter((one) => !names(theirs!).includes(one)).join(' ')).toBe(lacks);
  expect(names(theirs!).filter((one) => !names(ours!).includes(one)).join(' ')).toBe(adds);
});

test.each(['arm926', 'arm1176'])('on %s a result that is written to r15 does not choose the instruction set', (name) => {
  // ldr r0, [pc]; b past it; where the code goes on, with bit 0; mov pc, r0; exit(0)
  const code = Uint32Array.of(0xe59f0000, 0xea000000, (CODE + 16) | 1, 0xe1a0f000, 0xe3a00000, 0xe3a07001, 0xef000000);
  const { tsemu, qemu } = runFile(elf(code, new Uint32Array(1)), '0', name);
  expect([tsemu.end, qemu.end]).toEqual(['0', '0']);
});
