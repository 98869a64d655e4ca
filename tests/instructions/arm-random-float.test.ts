// ARM's floating point over random operands, in every rounding mode: results and FPSCR are qemu-arm's. TSEMU_TEST_OPERANDS=1000000
// makes a million of each operation.
import { firstDifferent, firstRecord, LOOPS, PARTS, randomFloats, randomLoops, type RandomLoop } from './arm-random-float.ts';
import { tiersOr } from '../support/guest.ts';
import { random } from './program.ts';
import { runFile, type Ran } from './run.ts';

const seed = Number(process.env.TSEMU_TEST_SEED ?? 1);
const operands = Number(process.env.TSEMU_TEST_OPERANDS ?? 1600);
const count = Math.ceil(operands / PARTS / LOOPS);
/** So many operations a program that it ends in time, where most of them are computed in TypeScript. */
const AT_ONCE = Math.max(1, Math.floor(30_000_000 / count / PARTS / 40));
const MOST_RECORDS = 300_000;

const words = ({ output }: Ran): Uint32Array => new Uint32Array(Uint8Array.from(output).buffer);

/** The first difference of these loops in words, or null. */
function difference(loops: readonly RandomLoop[], tier: string): string | null {
  const { bytes, output } = randomFloats(loops, count);
  const { tsemu, qemu } = runFile(bytes, tier);
  if (qemu.end !== '0' || tsemu.end !== '0' || qemu.output.length !== output) return `tsemu ended ${tsemu.end}, qemu-arm ${qemu.end} after ${qemu.output.length} of ${output} bytes: ${tsemu.stderr}`;
  const one = firstDifferent(loops, words(tsemu), words(qemu));
  if (one === undefined) return null;
  const again = runFile(randomFloats([one], Math.min(count, Math.floor(MOST_RECORDS / PARTS)), true).bytes, tier);
  return firstRecord(one, words(again.tsemu), words(again.qemu));
}

test.each(tiersOr(['0', '1']))('random operands in tier %s', (tier) => {
  const loops = randomLoops(random(seed));
  const found: string[] = [];
  for (let i = 0; i < loops.length; i += AT_ONCE) {
    const text = difference(loops.slice(i, i + AT_ONCE), tier);
    if (text !== null) found.push(text);
  }
  expect(found).toEqual([]);
}, 7_200_000);
