// What the IR of ARM code looks like: that comparisons and branches are one, that accesses come before register writes.
import { Builder } from '../../translate/builder.ts';
import { translate } from '../../translate/frontend.ts';
import { printBlock, verify, type Location, type Unit } from '../../translate/ir.ts';
import { arm } from './index.ts';

const AT = 0x8000;

/** A unit from words (A32) or halfwords (Thumb). */
function unit(code: readonly number[], thumb: boolean, limit = 20, context = 0): Unit {
  const size = thumb ? 2 : 4;
  const at = (address: number): number => code[(address - AT) / size] ?? 0;
  const fetch = thumb ? { u16: at, u32: (a: number) => (at(a) | at(a + 2) << 16) >>> 0 } : { u32: at, u16: (a: number) => at(a & ~3) >>> (8 * (a & 2)) & 0xffff };
  const made = translate(new Builder(), arm, thumb ? AT | 1 : AT, fetch, { model: arm.models[0]!, limit, context });
  for (const block of made.blocks) verify(block, 'i32');
  return made;
}

const text = (u: Unit): string => u.blocks.map(printBlock).join('\n');
const a32 = (...words: number[]): Unit => unit(words, false, words.length);
const t32 = (...halves: number[]): Unit => unit(halves, true, halves.length);
const lines = (u: Unit): string[] => text(u).split('\n').map((l) => l.trim().replace(/^%\d+ = /, ''));

describe('conditions', () => {
  test.each([
    [0xca000000, 'i32.gt_s'], [0xaa000000, 'i32.ge_s'], [0xba000000, 'i32.lt_s'], [0xda000000, 'i32.le_s'],
    [0x8a000000, 'i32.gt_u'], [0x2a000000, 'i32.ge_u'], [0x3a000000, 'i32.lt_u'], [0x9a000000, 'i32.le_u'], [0x0a000000, 'i32.eq'], [0x1a000000, 'i32.ne'],
  ])('a comparison and branch %s are one %s', (branch, op) => {
    const [block] = a32(0xe1510002, branch).blocks;
    expect(block!.end.kind).toBe('branch');
    expect(block!.nodes[(block!.end as { cond: number }).cond]!.op.name).toBe(op);
  });

  test('a comparison with zero and NE is the register', () => {
    const [block] = a32(0xe3510000, 0x1a000000).blocks;
    expect(block!.nodes[(block!.end as { cond: number }).cond]!.slot?.name).toBe('r1');
  });

  test('a comparison outlives a conditional body that leaves its operands alone', () => {
    // cmp r1, r2; strlt r3, [r4]; bgt
    expect(text(a32(0xe1510002, 0xb5843000, 0xca000000))).toMatch(/i32.gt_s/);
    // cmp r1, r2; ldrlt r1, [r4]; bgt
    expect(text(a32(0xe1510002, 0xb5941000, 0xca000000))).not.toMatch(/i32.gt_s/);
  });

  test('after conditional flag setting nothing is known', () => {
    // cmp r1, r2; cmpne r1, r3; bgt
    expect(lines(a32(0xe1510002, 0x11510003, 0xca000000)).filter((l) => l.startsWith('i32.gt_s'))).toEqual([]);
  });

  test('conditional register writes are a choice, not a branch', () => {
    // cmp r1, r2; movlt r1, r2
    const { blocks } = a32(0xe1510002, 0xb1a01002);
    expect(blocks).toHaveLength(1);
    expect(text({ ...a32(0xe1510002, 0xb1a01002) })).toMatch(/i32.select/);
  });

  test('neighbours with one condition share a test', () => {
    // cmp r1, r2; ldreq r3, [r4]; streq r3, [r5]; then svc
    expect(a32(0xe1510002, 0x05943000, 0x05853000, 0xef000000).blocks.filter((b) => b.end.kind === 'branch')).toHaveLength(1);
  });
});

describe('accesses', () => {
  const order = (u: Unit): string[] => lines(u).filter((l) => /store|load|set r/.test(l)).map((l) => l.replace(/ %.*|,.*/, ''));
  test('come before the write-back of the base', () => {
    expect(order(a32(0xe4912004))).toEqual(['i32.load', 'i32.set r1', 'i32.set r2']);
    expect(order(a32(0xe5a12004))).toEqual(['i32.store', 'i32.set r1']);
  });
  test('all come before the first register of a list', () => {
    expect(order(a32(0xe8bd0030))).toEqual(['i32.load', 'i32.load', 'i32.set r13', 'i32.set r4', 'i32.set r5']);
  });
  test('of a literal have a constant address', () => {
    expect(lines(a32(0xe59f0010)).filter((l) => /const 32792|add/.test(l))).toEqual(['i32.const 32792']);
  });
});

describe('ends', () => {
  const end = (u: Unit) => u.blocks.at(-1)!.end;
  test.each<[string, Unit, object]>([
    ['bl', a32(0xeb000000), { kind: 'call', target: AT + 8, ret: AT + 4 }],
    ['blx to Thumb', a32(0xfa000000), { kind: 'call', target: AT + 9, ret: AT + 4 }],
    ['bx lr', a32(0xe12fff1e), { kind: 'return' }],
    ['bx r3', a32(0xe12fff13), { kind: 'indirect' }],
    ['blx r3', a32(0xe12fff33), { kind: 'callIndirect', ret: AT + 4 }],
    ['pop {pc}', a32(0xe49df004), { kind: 'return' }],
    ['ldm sp!, {pc}', a32(0xe8bd8000), { kind: 'return' }],
    ['mov pc, lr', a32(0xe1a0f00e), { kind: 'return' }],
    ['svc', a32(0xef000000), { kind: 'syscall', next: AT + 4 }],
    ['udf', a32(0xe7f000f0), { kind: 'trap', code: 'illegal', pc: AT }],
    ['no instruction', a32(0xffffffff), { kind: 'trap', code: 'unimplemented', pc: AT }],
    ['Thumb b', t32(0xe000), { kind: 'goto', target: AT + 5 }],
    ['Thumb bx lr', t32(0x4770), { kind: 'return' }],
    ['Thumb blx', t32(0xf000, 0xe802), { kind: 'call', target: AT + 8, ret: AT + 5 }],
  ])('%s', (_, u, wanted) => { expect(end(u)).toMatchObject(wanted); });

  test('a misaligned A32 location is an alignment trap', () => {
    const made = translate(new Builder(), arm, AT + 2, { u16: () => 0, u32: () => 0 }, { model: arm.models[0]!, limit: 1 });
    expect(made.blocks[0]!.end).toMatchObject({ kind: 'trap', code: 'alignment' });
  });
});

describe('IT blocks', () => {
  test('are one step, and each instruction tells its ITSTATE', () => {
    // ite eq; ldreq r0, [r1]; ldrne r0, [r2]
    const made = unit([0xbf0c, 0x6808, 0x6810, 0x4770], true, 1);
    expect(made.to).toBe(AT + 6);
    const marks = made.blocks.flatMap((b) => b.nodes.filter((n) => n.op.name === 'insn').map((n) => [n.imm - AT, n.imm2]));
    expect(marks).toEqual([[1, 0], [3, 0x0c], [5, 0x18]]);
  });

  test('are taken up in the middle', () => {
    const made = unit([0x6810, 0x4770], true, 1, 0x18);
    expect(made.to).toBe(AT + 2);
    expect(made.blocks[0]!.end.kind).toBe('branch');
  });

  test('set no flags with the narrow forms', () => {
    // it eq; addeq r0, r0, r1
    expect(text(unit([0xbf08, 0x1840], true, 1))).not.toMatch(/set NF/);
    expect(text(unit([0x1840], true, 1))).toMatch(/set NF/);
  });
});

test('switch statements are branches to known places', () => {
  // cmp r3, #2; addls pc, pc, r3, lsl #2
  const targets = (u: Unit): Location[] => u.blocks.flatMap((b) => (b.end.kind === 'goto' && b.end.target > 0 ? [b.end.target] : []));
  expect(targets(a32(0xe3530002, 0x908ff103))).toEqual([AT + 12, AT + 16, AT + 20, AT + 8]);
  expect(text(a32(0xe3530002, 0x908ff103))).not.toMatch(/goto %/);
});
