// Every RISC-V instruction that qemu-riscv has too, with random operands, does under tsemu what it does there.
import type { Xlen } from '../../src/guests/riscv/state.ts';
import { random } from './program.ts';
import { riscvCompare, riscvProgram, type RiscvCase } from './riscv-program.ts';
import { jumpCases, rowCase, rowsOf, runCase } from './riscv-rows.ts';
import { runBoth } from './riscv-run.ts';

const seed = Number(process.env.TSEMU_TEST_SEED ?? 1);
const times = Number(process.env.TSEMU_TEST_TIMES ?? 10);
const only = process.env.TSEMU_TEST_ROW;
const AT_ONCE = 400, SHOWN = 12;

function differences(xlen: Xlen, tier: string, cases: readonly RiscvCase[], from: number): string[] {
  const made = riscvProgram(xlen, cases, random(from));
  const { tsemu, qemu } = runBoth(xlen, tier, made.bytes);
  if (qemu.end === '0' && tsemu.end === '0') return riscvCompare(made, cases, tsemu.output, qemu.output);
  if (cases.length === 1) return [`${cases[0]!.name} ${made.cases[0]!.units.map(([word]) => word.toString(16)).join(' ')}: tsemu ended ${tsemu.end}, qemu ${qemu.end}`];
  const middle = cases.length >> 1;
  const first = differences(xlen, tier, cases.slice(0, middle), from);
  return first.length >= SHOWN ? first : [...first, ...differences(xlen, tier, cases.slice(middle), from)];
}

function differencesOf(xlen: Xlen, tier: string, cases: readonly RiscvCase[]): string[] {
  const found: string[] = [];
  for (let i = 0; i < cases.length && found.length < SHOWN; i += AT_ONCE) found.push(...differences(xlen, tier, cases.slice(i, i + AT_ONCE), seed + i));
  return found.slice(0, SHOWN);
}

describe.each([[64, '0'], [64, '1'], [32, '0'], [32, '1']] as const)('RV%i in tier %s', (xlen, tier) => {
  test('every instruction', () => {
    const next = random(seed);
    const rows = rowsOf(xlen).filter((row) => only === undefined || row.name === only);
    const cases = rows.flatMap((row) => Array.from({ length: 'rm' in row.operands(0) ? 4 * times : times }, () => rowCase(xlen, row, next)));
    if (only === undefined) for (let i = 0; i < times; i++) cases.push(...jumpCases(xlen, next));
    expect(differencesOf(xlen, tier, cases)).toEqual([]);
  });

  test('runs of instructions', () => {
    const next = random(seed);
    expect(differencesOf(xlen, tier, Array.from({ length: 20 * times }, () => runCase(xlen, 30, next)))).toEqual([]);
  });
});
