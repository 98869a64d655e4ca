// Every floating-point instruction, in every format, in every rounding mode both static and dynamic, over edge values: result
// and flags are qemu-riscv's. With flags clear and with the inexact flag set, since generated code tells these apart.
import { random } from './program.ts';
import { floatDifferences, floatProgram, floatRows } from './riscv-float.ts';
import { runBoth } from './riscv-run.ts';

const SHOWN = 12;
const only = process.env.TSEMU_TEST_ROW;
const rows = floatRows.filter((name) => only === undefined || name === only);

describe.each([[64, '0'], [64, '1'], [32, '0'], [32, '1']] as const)('RV%i in tier %s', (xlen, tier) => {
  test('floating point at its edges', () => {
    const { bytes, loops } = floatProgram(xlen, rows, random(1));
    const { tsemu, qemu } = runBoth(xlen, tier, bytes);
    expect([qemu.end, tsemu.end]).toEqual(['0', '0']);
    const { operands, from } = loops.at(-1)!;
    expect(qemu.output.length).toBe(from + 16 * operands.length);
    expect(floatDifferences(loops, tsemu.output, qemu.output, SHOWN)).toEqual([]);
  }, 300_000);
});
