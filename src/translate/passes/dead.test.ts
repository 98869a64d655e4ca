import { Builder } from '../builder.ts';
import { printBlock, verify, type Slot } from '../ir.ts';
import { dropDead } from './dead.ts';

const slot = (name: string, offset: number, type: Slot['type'] = 'i32'): Slot => ({ name, offset, type });
const r0 = slot('r0', 0), r1 = slot('r1', 4);
const s0 = slot('s0', 64, 'f32'), d0 = slot('d0', 64, 'f64'), d1 = slot('d1', 72, 'f64');

/** What is left of a block, as text; `cond`: a value that its end reads. */
function left(fill: (b: Builder) => number | void): string[] {
  const b = new Builder({ fold: false });
  b.start(0);
  const cond = fill(b);
  b.end(cond === undefined ? { kind: 'goto', target: 4 } : { kind: 'branch', cond, then: 4, else: 8 });
  const block = dropDead(b.finish(0, 0, 4).blocks[0]!);
  verify(block, 'i32');
  return printBlock(block).split('\n').slice(1).map((l) => l.trim());
}

describe('dropDead', () => {
  test('drops values that nobody reads, and what only they read', () => {
    expect(left((b) => { b.op('i32.add', b.get(r0), b.i32(5)); })).toEqual(['goto 0x4']);
  });
  test('drops a write before another of the same slot', () => {
    expect(left((b) => { b.set(r0, b.i32(1)); b.set(r0, b.i32(2)); })).toEqual(['%0 = i32.const 2', 'i32.set r0, %0', 'goto 0x4']);
  });
  test('drops a write that a wider one covers, not one that a narrower one leaves in part', () => {
    expect(left((b) => { b.set(s0, b.f32bits(1)); b.set(d0, b.f64bits(2, 0)); })).toHaveLength(3);
    expect(left((b) => { b.set(d0, b.f64bits(2, 0)); b.set(s0, b.f32bits(1)); })).toHaveLength(5);
  });
  test('keeps a write that is read in between, through any slot', () => {
    expect(left((b) => { b.set(s0, b.f32bits(1)); b.set(d1, b.get(d0)); b.set(d0, b.f64bits(2, 0)); })).toHaveLength(7);
  });
  test('keeps a write before what may fault', () => {
    expect(left((b) => { b.set(r0, b.i32(1)); b.set(r1, b.op('i32.load', b.i32(64))); b.set(r0, b.i32(2)); }).filter((l) => l.includes('set r0'))).toHaveLength(2);
  });
  test('keeps a load whose value nobody reads, since it may fault', () => {
    expect(left((b) => { b.op('i32.load', b.i32(64)); })).toContain('%1 = i32.load %0');
  });
  test('keeps what the end reads, under its new number', () => {
    expect(left((b) => { b.get(r1); return b.get(r0); })).toEqual(['%0 = i32.get r0', 'branch %0 then 0x4 else 0x8']);
  });
  test('keeps what carries values between blocks', () => {
    expect(left((b) => { const t = b.temp('i32'); b.set(t, b.i32(1)); b.set(t, b.i32(2)); })).toHaveLength(5);
  });
});
