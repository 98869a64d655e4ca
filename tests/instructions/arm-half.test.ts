// Half precision: instructions of one operand over all 65,536 halves, the others over tuples of edge values, in every rounding
// mode, with FZ16 and DN: results and FPSCR are qemu-arm's.
import { firstDifference, halfProgram } from './arm-half.ts';
import { random } from './program.ts';
import { runFile } from './run.ts';

test.each(['0', '1'])('every half in tier %s', (tier) => {
  const { bytes, blocks, output } = halfProgram(random(Number(process.env.TSEMU_TEST_SEED ?? 1)));
  const { tsemu, qemu } = runFile(bytes, tier);
  expect([qemu.end, tsemu.end, qemu.output.length]).toEqual(['0', '0', output]);
  expect(firstDifference(blocks, tsemu.output, qemu.output)).toBe(null);
}, 180_000);
