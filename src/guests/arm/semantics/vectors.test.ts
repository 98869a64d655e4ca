// What the IR of floating-point and vector instructions looks like. What it computes is compared with qemu-arm's results
// in tests/instructions.
import { Builder } from '../../../translate/builder.ts';
import { printBlock, verify, type Block } from '../../../translate/ir.ts';
import { findA32 } from '../decode.ts';
import { models } from '../models.ts';
import { Machine } from './machine.ts';
import { expandImmediate as expandFloat } from './vfp-moves.ts';
import { expandImmediate as expandVector } from './neon-misc.ts';

const fetch = { u16: () => 0, u32: () => 0 };

/** The block that A32 words make; `last` may append to it. */
function block(words: readonly number[], last?: (m: Machine) => void): Block {
  const b = new Builder();
  const m = new Machine(b, models[0]!, fetch);
  b.start(0x8000);
  for (const word of words) {
    const { row, run } = findA32(word)!;
    m.mark();
    run(m, row.operands(word));
  }
  last?.(m);
  if (!b.hasEnded) b.end({ kind: 'goto', target: 0x8000 + 4 * words.length });
  const [made] = b.finish(0x8000, 0x8000, 0x8000 + 4 * words.length).blocks;
  verify(made!, 'i32');
  return made!;
}
const ops = (made: Block): string[] => made.nodes.map((n) => [n.op.name, n.slot?.name].filter((s) => s !== undefined).join(' '));
const position = (made: Block, is: (name: string) => boolean, last = false): number =>
  (last ? ops(made).findLastIndex(is) : ops(made).findIndex(is));

describe('VFP', () => {
  test('an addition is one f64.add and the look at what else FPSCR asks for', () => {
    expect(printBlock(block([0xee310b02])).split('\n').map((l) => l.trim())).toEqual([
      'block 0x8000', '-- 0x0', '%1 = f64.get d1', '%2 = f64.get d2', '%3 = f64.add %1, %2', '%4 = f64.add_env %3, %1, %2', 'f64.set d0, %4', 'goto 0x8004',
    ]);
  });
  test.each([[12, 'f64.gt'], [10, 'f64.ge'], [0, 'f64.eq'], [4, 'f64.lt'], [9, 'f64.le']])('a comparison, its flags and condition %i are one %s', (cond, op) => {
    // vcmpe.f64 d0, d1; vmrs APSR_nzcv, fpscr
    const { nodes, end } = block([0xeeb40bc1, 0xeef1fa10], (m) => { m.b.end({ kind: 'branch', cond: m.flags.condition(cond), then: 0, else: 4 }); });
    expect(nodes[(end as { cond: number }).cond]!.op.name).toBe(op);
  });
  test('loads of several registers come before any is written', () => {
    // vpop {d8-d15}
    const made = block([0xecbd8b10]);
    expect(position(made, (name) => name === 'f64.load', true)).toBeLessThan(position(made, (name) => name.includes('.set')));
  });
  test('stores come before the write-back', () => {
    // vpush {d8-d15}
    const made = block([0xed2d8b10]);
    expect(position(made, (name) => name === 'f64.store', true)).toBeLessThan(position(made, (name) => name.includes('.set')));
  });
  test('a move of a register to itself does nothing', () => { expect(ops(block([0xeeb00a40]))).toEqual(['insn']); });
  test.each([[0x70, 0x3ff00000, 0x3f800000], [0x00, 0x40000000, 0x40000000], [0xff, 0xbfff0000 | 0, 0xbff80000 | 0]])(
    'the immediate %i is spread over a double and a single', (imm, double, single) => {
      expect([expandFloat(imm, 'double') | 0, expandFloat(imm, 'single') | 0]).toEqual([double, single]);
    });
  test('a status register that users have not is undefined', () => {
    // vmrs r0, fpsid
    expect(block([0xeef00a10]).end.kind).toBe('trap');
  });
});

describe('NEON', () => {
  test('an integer addition of quadwords is one operation', () => {
    expect(ops(block([0xf26008e2]))).toEqual(['insn', 'v128.get q8', 'v128.get q9', 'i32x4.add', 'v128.set q8']);
  });
  test('sums are not looked at for denormals where they are operands', () => {
    // vadd.f32 q0, q1, q2; vadd.f32 q0, q0, q1: the first operand of the second
    const sums = block([0xf2020d44, 0xf2000d42]).nodes.filter((n) => n.op.name === 'f32x4.add_env');
    expect(sums.map((n) => n.imm)).toEqual([0, 2]);
  });
  test('a quadword with an odd number is undefined', () => {
    // vadd.i32 of q8 with Vd odd
    expect(block([0xf26018e2]).end.kind).toBe('trap');
  });
  test('a load of pairs is of quadwords where they are', () => {
    // vld1.8 {d0-d3}, [r1]!
    expect(ops(block([0xf421020d])).filter((name) => /load|set/.test(name))).toEqual(['v128.load', 'v128.load', 'v128.set q0', 'v128.set q1', 'i32.set r1']);
  });
  test('immediates are spread as the manual says', () => {
    expect(expandVector(0, 0b0010, 0xab)).toEqual([0xab00, 0xab00]);
    expect(expandVector(0, 0b1100, 0xab)).toEqual([0xabff, 0xabff]);
    expect(expandVector(1, 0b1110, 0x81)).toEqual([0x000000ff, 0xff000000 | 0]);
    expect(expandVector(0, 0b1111, 0x70)).toEqual([0x3f800000, 0x3f800000]);
    expect(expandVector(1, 0b1111, 0)).toBeNull();
  });
});
