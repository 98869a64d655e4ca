// Every floating-point instruction over edge values, in every rounding mode, with flush to zero, default NaNs and the
// alternative half precision, with flags clear and with the inexact flag set: result and FPSCR are qemu-arm's.
import { floatDifferences, floatProgram } from './arm-float.ts';
import { random } from './program.ts';
import { runFile } from './run.ts';

const seed = Number(process.env.TSEMU_TEST_SEED ?? 1);

describe.each(['0', '1'])('in tier %s', (tier) => {
  test.each(['scalar', 'vector'] as const)('%s floating point at its edges', (kind) => {
    const { bytes, loops, output } = floatProgram(kind, random(seed));
    const { tsemu, qemu } = runFile(bytes, tier);
    expect([qemu.end, tsemu.end, qemu.output.length]).toEqual(['0', '0', output]);
    expect(floatDifferences(loops, tsemu.output, qemu.output, 12)).toEqual([]);
  }, 180_000);
});
