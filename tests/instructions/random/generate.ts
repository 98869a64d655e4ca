// Makes the tree of a random ARM program: operations are cases of the decode tables' rows (rows.ts, vectors.ts).
import { isMemory, integerTables, outsideIt, rowCase, without, type Set } from '../rows.ts';
import { a32, halvesOf, operand, t16, t32, type Built, type Random } from '../program.ts';
import { vectorCase, vectorTables } from '../vectors.ts';
import { arena, badPages } from './layout.ts';
import type { Node, Op, Routine, Tree } from './tree.ts';

const pick = <T>(next: Random, of: readonly T[]): T => of[next() % of.length]!;
const oneIn = (next: Random, n: number): boolean => next() % n === 0;

/**
 * Rows that random programs do without: they move the stack pointer, or set FPSCR's Len and Stride to any value, with which qemu-arm takes
 * most floating-point instructions for undefined.
 */
const leftOut = new Set<string>([...Object.keys(without), 'add_sp_imm', 'sub_sp_imm', 'vmsr']);

type Source = { readonly weight: number; readonly make: (next: Random, scratch: number, it: boolean) => Built & { readonly name: string } };

function integerSource(name: string, weight: number): Source {
  const [table, set] = integerTables[name]!;
  const rows = table.rows.filter((row) => !leftOut.has(row.name));
  return { weight, make: (next, scratch, it) => {
    const one = rowCase(pick(next, rows.filter((row) => !it || !outsideIt.test(row.name))), table, set as Set, next, it);
    return { name: one.name, ...one.build({ code: 0, scratch }) };
  } };
}

function vectorSource(name: string, weight: number, thumb: boolean): Source {
  const table = vectorTables[name]!;
  const rows = table.table.rows.filter((row) => !leftOut.has(row.name));
  return { weight, make: (next, scratch, it) => {
    const one = vectorCase(pick(next, rows), table, thumb, next, it && table.conditional);
    return { name: one.name, ...one.build({ code: 0, scratch }) };
  } };
}

const usual: Readonly<Record<string, number>> = { VFP: 4, NEON: 4, 'NEON loads and stores': 2 };
const vectorSources = (thumb: boolean): Source[] => Object.keys(vectorTables).map((name) => vectorSource(name, usual[name] ?? 1, thumb));
const sources = {
  arm: [integerSource('A32 data processing', 5), integerSource('A32 others', 6), integerSource('A32 unconditional', 1), ...vectorSources(false)],
  thumb: [integerSource('T16', 5), integerSource('T32', 7), ...vectorSources(true)],
};

function fromSource(next: Random, thumb: boolean, it: boolean, scratch: number): Op {
  const list = thumb ? sources.thumb : sources.arm;
  let at = next() % list.reduce((sum, { weight }) => sum + weight, 0);
  const source = list.find(({ weight }) => (at -= weight) < 0)!;
  const { name, units, registers = {} } = source.make(next, scratch, it);
  return { name, units, registers };
}

const scratchPlace = (next: Random): number => arena.at + 160 + 32 * (next() % ((arena.bytes - 512) / 32));

/** A system call that fails: close(-1). */
const systemCall = (thumb: boolean): Op => ({ name: 'svc', units: thumb ? [t16('svc')] : [a32('svc')], registers: { 0: 0xffffffff, 7: 6 } });

/** Gives FPSCR a value: mostly one in which arithmetic is done in line. */
function control(next: Random, thumb: boolean): Op {
  const value = pick(next, [0, 0x10, 0x10, 0x1f, 0x0200_0010, 0x0100_0010, (next() & 0xf7c0_009f) >>> 0]);
  const register = next() % 8;
  const word = a32('vmsr', { reg: 1, Rt: register });
  return { name: 'vmsr', units: thumb ? halvesOf(word) : [word], registers: { [register]: value } };
}

/** Several instructions in one IT block: those after the first touch no memory, whose address the first may change. */
function itBlock(next: Random): Op {
  const condition = next() % 14, mask = 1 + next() % 15;
  const length = 4 - Math.log2(mask & -mask);
  const body = Array.from({ length }, (): Op => {
    for (;;) {
      const op = fromSource(next, true, true, scratchPlace(next));
      // The case brings its own IT first where its row may stand in a block at all.
      if ((op.units[0]! & 0xff00) === 0xbf00 && Object.keys(op.registers).length === 0) return op;
    }
  });
  return { name: `IT ${body.map(({ name }) => name).join(', ')}`, units: [0xbf00 | condition << 4 | mask, ...body.flatMap(({ units }) => units.slice(1))], registers: {} };
}

/** Something that faults: a load or store in a page that does not let it, at an odd address where that matters, or an instruction that is none. */
function faulty(next: Random, thumb: boolean): Op {
  if (oneIn(next, 4)) return pick(next, trapsOf(thumb));
  for (;;) {
    const page = pick(next, badPages);
    const op = fromSource(next, thumb, thumb && oneIn(next, 3), page + 2048);
    const bases = Object.keys(op.registers).map(Number);
    if (bases.length === 0) continue;
    const odd = /ex|lda|stl/.test(op.name) && oneIn(next, 2);
    const registers = odd ? Object.fromEntries(bases.map((n) => [n, op.registers[n]! - page + arena.at - 2048 + 513])) : op.registers;
    return { ...op, name: `faulty ${op.name}`, registers, faults: true };
  }
}

/** Instructions that always fault. */
export function trapsOf(thumb: boolean): Op[] {
  const trap = (name: string, units: number[]): Op => ({ name, units, registers: {}, faults: true });
  return thumb
    ? [trap('udf', [t16('udf', { imm8: 7 })]), trap('udf', t32('udf', { imm16: 7 })), trap('bkpt', [t16('bkpt', { imm8: 3 })]), trap('udf in IT', [0xbf0c, t16('udf'), t16('udf')]), trap('bkpt in IT', [0xbf08, t16('bkpt')]), trap('coprocessor 1', halvesOf(0xee00_0100)), trap('mrrc', halvesOf(a32('mrrc', { CRm: 2 })))]
    : [trap('udf', [a32('udf', { imm16: 7 })]), trap('udfeq', [a32('udf', { cond: 0 })]), trap('bkpt', [a32('bkpt', { imm16: 3 })]), trap('coprocessor 1', [0xee00_0100]), trap('mrrc', [a32('mrrc', { CRm: 2 })])];
}

/** Brings new values: the same few instructions over and over end in zeros, infinities and NaNs. */
function fresh(next: Random, thumb: boolean): Op {
  const register = next() % 8;
  if (oneIn(next, 2)) return { name: 'constant', units: thumb ? [t16('mov_high', { Rd: register, Rm: register })] : [a32('mov_reg', { Rd: register, Rm: register, imm5: 0, type: 0 })], registers: { [register]: operand(next) } };
  const word = a32('vldmia', { sz: 1, D: next() & 1, W: 0, Rn: register, Vd: next() % 9, imm: 8 + 2 * (next() % 5) });
  return { name: 'fresh vectors', units: thumb ? halvesOf(word) : [word], registers: { [register]: arena.at + arena.bytes + 8 * (next() % 240) } };
}

function operation(next: Random, thumb: boolean, handles: boolean): Op {
  if (oneIn(next, 6)) return fresh(next, thumb);
  if (oneIn(next, 40)) return systemCall(thumb);
  if (oneIn(next, 12)) return control(next, thumb);
  if (handles && oneIn(next, 12)) return faulty(next, thumb);
  if (thumb && oneIn(next, 8)) return itBlock(next);
  return fromSource(next, thumb, thumb && oneIn(next, 6), scratchPlace(next));
}

export type Size = { readonly routines: number; readonly nodes: number; readonly loops: number; readonly repeats: number; readonly period: number };
/** Many instructions, each run a few times. */
export const wide: Size = { routines: 6, nodes: 7, loops: 9, repeats: 2, period: 3 };
/** Few instructions, run often enough to become regions in auto mode. */
export const hot: Size = { routines: 2, nodes: 3, loops: 3, repeats: 14_000, period: 997 };

const MOST_WORK = 400;

/** Makes a program. Routines call only later ones, and a routine's work is bounded. */
export function generate(next: Random, size: Size, handles: boolean): Tree {
  const work: number[] = [];
  const routines: Routine[] = [];
  const seed = next();
  for (let index = size.routines - 1; index >= 0; index--) {
    const thumb = oneIn(next, 2);
    let done = 0;
    const nodes = (count: number, depth: number, times: number): Node[] => Array.from({ length: count }, (): Node => {
      const room = done < MOST_WORK && depth < 3;
      const inner = (): Node[] => nodes(1 + next() % 3, depth + 1, times);
      switch (room ? next() % 10 : 9) {
        case 0: case 1: { const rounds = 1 + next() % size.loops; return { kind: 'loop', times: rounds, body: nodes(1 + next() % 3, depth + 1, times * rounds) }; }
        case 2: case 3: return { kind: 'skip', condition: next() % 14, body: inner() };
        case 4: return { kind: 'switch', register: next() % 8, addresses: oneIn(next, 2), tested: oneIn(next, 2), arms: Array.from({ length: 2 + next() % 3 }, inner) };
        case 5: case 6: {
          const later = Array.from({ length: size.routines - 1 - index }, (_, i) => index + 1 + i).filter((to) => times * work[to]! < MOST_WORK);
          if (later.length === 0) break;
          const to = pick(next, later);
          done += times * work[to]!;
          return { kind: 'call', to, indirect: oneIn(next, 3) };
        }
      }
      done += times;
      return { kind: 'block', ops: Array.from({ length: 3 + next() % 8 }, () => operation(next, thumb, handles)) };
    });
    const body = nodes(size.nodes, 0, 1);
    work[index] = done + 1;
    routines[index] = { thumb, saved: next() & 0x1ff0 & (thumb ? 0xf0 : 0x1ff0), pops: oneIn(next, 2), body };
  }
  return { routines, repeats: size.repeats, period: size.period, seed, handles };
}
