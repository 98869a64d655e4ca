// Cases for what transfers control, and for IT blocks: a branch goes over an instruction whose effect would be seen.
import { a32, AL, t16 as n, t32 as w, type Built, type Case, type Place, type Random } from './program.ts';

/** What must not run: its trace stays in r0. */
const seen = a32('add_imm', { Rn: 0, Rd: 0, imm12: 1 });
const seenNarrow = n('add_imm8', { Rdn: 0, imm8: 1 });
/** `bx pc; nop`: from Thumb to A32 at the next word. */
const toA32Word = 0xbf004778;

const armCases: Readonly<Record<string, (p: Place, next: Random) => Built>> = {
  b: (_, next) => ({ units: [a32('b', { cond: next() % 15, simm: 0 }), seen] }),
  bl: (_, next) => ({ units: [a32('bl', { cond: next() % 15, simm: 0 }), seen] }),
  'bl back': () => ({ units: [a32('b', { simm: 4 }), seen, a32('b', { simm: 4 }), a32('bl', { simm: -12 }), seen] }),
  blx_imm: () => ({ units: [a32('blx_imm', { simm: 0 }), seen, toA32Word] }),
  'blx_imm odd': () => ({ units: [a32('blx_imm', { simm: 2 }), seen, 0xbf00bf00, toA32Word] }),
  bx: ({ code }, next) => ({ units: [a32('bx', { cond: next() % 15, Rm: 3 }), seen], registers: { 3: code + 8 } }),
  'bx lr': ({ code }) => ({ units: [a32('bx', { Rm: 14 }), seen], registers: { 14: code + 8 } }),
  'bx to Thumb': ({ code }) => ({ units: [a32('bx', { Rm: 3 }), seen, toA32Word], registers: { 3: (code + 8) | 1 } }),
  bxj: ({ code }) => ({ units: [a32('bxj', { Rm: 3 }), seen], registers: { 3: code + 8 } }),
  blx_reg: ({ code }, next) => ({ units: [a32('blx_reg', { cond: next() % 15, Rm: 3 }), seen], registers: { 3: code + 8 } }),
  'blx_reg lr': ({ code }) => ({ units: [a32('blx_reg', { Rm: 14 }), seen, toA32Word], registers: { 14: (code + 8) | 1 } }),
  'mov pc': ({ code }, next) => ({ units: [a32('mov_reg', { cond: next() % 15, Rd: 15, Rm: 4 }), seen], registers: { 4: code + 8 } }),
  'mov pc, to Thumb': ({ code }) => ({ units: [a32('mov_reg', { Rd: 15, Rm: 4 }), seen, toA32Word], registers: { 4: (code + 8) | 1 } }),
  'add pc': () => ({ units: [a32('add_reg', { Rd: 15, Rn: 15, Rm: 4, imm5: 2, type: 0 }), seen, seen], registers: { 4: 1 } }),
  'sub pc': () => ({ units: [a32('sub_imm', { Rd: 15, Rn: 15, imm12: 0 }), seen] }),
  'ldr pc': ({ code, scratch }) => ({ units: [a32('str_imm', { P: 1, U: 1, W: 0, Rn: 5, Rt: 6, imm12: 0 }), a32('ldr_imm', { P: 1, U: 1, W: 0, Rn: 5, Rt: 15, imm12: 0 }), seen], registers: { 5: scratch, 6: code + 12 } }),
  'pop pc': ({ code, scratch }, next) => ({ units: [a32('stm', { P: 1, U: 0, W: 1, Rn: 13, registers: 0x50 }), a32('ldm', { cond: next() % 15, P: 0, U: 1, W: 1, Rn: 13, registers: 0x8010 }), seen], registers: { 13: scratch, 6: code + 12 } }),
  'pop one pc': ({ code, scratch }) => ({ units: [a32('str_imm', { P: 1, U: 0, W: 1, Rn: 13, Rt: 6, imm12: 4 }), a32('ldr_imm', { P: 0, U: 1, W: 0, Rn: 13, Rt: 15, imm12: 4 }), seen, toA32Word], registers: { 13: scratch, 6: (code + 12) | 1 } }),
  adr: () => ({ units: [a32('add_imm', { Rd: 3, Rn: 15, imm12: 8 }), a32('sub_imm', { Rd: 4, Rn: 15, imm12: 8 })] }),
  svc: (_, next) => ({ units: [a32('svc', { cond: next() % 15, imm24: 0 })], registers: { 0: 0xffffffff, 7: 6 } }),
  'switch by add': (_, next) => ({
    units: [a32('cmp_imm', { Rn: 4, imm12: 3 }), a32('add_reg', { cond: 9, Rd: 15, Rn: 15, Rm: 4, imm5: 2, type: 0 }), over(2, 11),
      ...[0, 1, 2, 3].map((i) => over(3 + i, 7 + (i ^ 1))), ...ladder.map((n) => a32('add_imm', { Rd: 0, Rn: 0, imm12: n }))],
    registers: { 4: next() % 6 },
  }),
  'switch by load': ({ code }, next) => ({
    units: [a32('cmp_imm', { Rn: 4, imm12: 4 }), a32('ldr_reg', { cond: 3, P: 1, U: 1, W: 0, Rt: 15, Rn: 15, Rm: 4, imm5: 2, type: 0 }), over(2, 11),
      ...[9, 8, 8, 7].map((word) => code + 4 * word), ...ladder.map((n) => a32('add_imm', { Rd: 0, Rn: 0, imm12: n }))],
    registers: { 4: next() % 6 },
  }),
  'conditional run': (_, next) => {
    const cond = next() % 14;
    const each = (units: readonly number[]): number[] => units.map((u) => ((u & 0x0fffffff) | (next() & 3 ? cond : cond ^ 1) << 28) >>> 0);
    return { units: [...each([a32('cmp_reg', { Rn: 1, Rm: 2 }), a32('add_imm', { Rd: 3, Rn: 3, imm12: 1 }), a32('qadd', { Rd: 4, Rn: 5, Rm: 6 }), a32('sub_reg', { Rd: 1, Rn: 1, Rm: 2 })]),
      a32('cmp_reg', { Rn: 1, Rm: 2 }), ...each([a32('qsub', { Rd: 3, Rn: 3, Rm: 1 }), a32('sub_imm', { Rd: 1, Rn: 1, imm12: 1 }), a32('cmn_imm', { Rn: 1, imm12: 1 }), a32('mov_imm', { Rd: 8, imm12: 9 }), a32('uxtab', { Rd: 9, Rn: 9, Rm: 9 })])] };
  },
};

const thumbCases: Readonly<Record<string, (p: Place, next: Random) => Built>> = {
  b: () => ({ units: [n('b', { simm: 0 }), seenNarrow] }),
  b_cond: (_, next) => ({ units: [n('b_cond', { cond: next() % 14, simm: 0 }), seenNarrow] }),
  cbz: (_, next) => ({ units: [n('cbz', { Rn: 3, imm: 0 }), seenNarrow], registers: { 3: next() & 1 } }),
  cbnz: (_, next) => ({ units: [n('cbnz', { Rn: 3, imm: 0 }), seenNarrow], registers: { 3: next() & 1 } }),
  bx: ({ code }) => ({ units: [n('bx', { Rm: 3 }), seenNarrow], registers: { 3: (code + 4) | 1 } }),
  'bx lr': ({ code }) => ({ units: [n('bx', { Rm: 14 }), seenNarrow], registers: { 14: (code + 4) | 1 } }),
  blx_reg: ({ code }) => ({ units: [n('blx_reg', { Rm: 3 }), seenNarrow], registers: { 3: (code + 4) | 1 } }),
  'b wide': () => ({ units: [...w('b', { simm: 0, imm10: 0, J1: 1, J2: 1, imm11: 1 }), seenNarrow] }),
  'b_cond wide': (_, next) => ({ units: [...w('b_cond', { cond: next() % 14, simm: 2 }), seenNarrow] }),
  bl: () => ({ units: [...w('bl', { simm: 0, imm10: 0, J1: 1, J2: 1, imm11: 1 }), seenNarrow] }),
  'bl back': () => ({ units: [n('b', { simm: 2 }), seenNarrow, n('b', { simm: 4 }), ...w('bl', { simm: -0x1000000, imm10: 0x3ff, J1: 1, J2: 1, imm11: 0x7fc }), seenNarrow] }),
  blx_imm: () => ({ units: [...w('blx_imm', { simm: 0, imm10: 0, J1: 1, J2: 1, imm11: 2 }), seenNarrow, seenNarrow, ...armThenBack] }),
  bxj: ({ code }) => ({ units: [...w('bxj', { Rm: 3 }), seenNarrow], registers: { 3: (code + 6) | 1 } }),
  tbb: () => ({ units: [...w('tbb', { Rn: 15, Rm: 3, H: 0 }), 0x0502, seenNarrow, seenNarrow, seenNarrow, seenNarrow], registers: { 3: 1 } }),
  'switch by tbb': (_, next) => ({
    units: [n('cmp_imm', { Rn: 3, imm8: 3 }), n('b_cond', { cond: 8, simm: 14 }), ...w('tbb', { Rn: 15, Rm: 3, H: 0 }), 0x0302, 0x0504, ...ladder.map((imm8) => n('add_imm8', { Rdn: 0, imm8 }))],
    registers: { 3: next() % 6 },
  }),
  'switch by tbh': (_, next) => ({
    units: [n('cmp_imm', { Rn: 3, imm8: 2 }), n('b_cond', { cond: 8, simm: 16 }), ...w('tbb', { Rn: 15, Rm: 3, H: 1 }), 6, 3, 5, ...ladder.map((imm8) => n('add_imm8', { Rdn: 0, imm8 }))],
    registers: { 3: next() % 6 },
  }),
  tbh: () => ({ units: [...w('tbb', { Rn: 15, Rm: 3, H: 1 }), 2, 4, seenNarrow, seenNarrow, seenNarrow, seenNarrow], registers: { 3: 1 } }),
  'mov pc': ({ code }) => ({ units: [n('mov_high', { Rd: 15, Rm: 4 }), seenNarrow], registers: { 4: code + 4 } }),
  'add pc': () => ({ units: [n('add_high', { Rdn: 15, Rm: 4 }), seenNarrow, seenNarrow], registers: { 4: 2 } }),
  'pop pc': ({ code, scratch }) => ({ units: [n('push', { registers: 0x50 }), n('pop', { registers: 0x8010 }), seenNarrow, 0xbf00], registers: { 13: scratch, 6: (code + 6) | 1 } }),
  'ldr pc': ({ code, scratch }) => ({ units: [...w('str_imm12', { Rn: 5, Rt: 6, imm12: 0 }), ...w('ldr_imm12', { Rn: 5, Rt: 15, imm12: 0 }), seenNarrow], registers: { 5: scratch, 6: (code + 10) | 1 } }),
  svc: () => ({ units: [n('svc', { imm8: 0 })], registers: { 0: 0xffffffff, 7: 6 } }),
  'svc in it': (_, next) => ({ units: [0xbf00 | (next() % 14) << 4 | 5, n('add_imm8', { Rdn: 2, imm8: 1 }), n('svc', { imm8: 0 }), n('add_imm8', { Rdn: 1, imm8: 1 }), n('add_imm8', { Rdn: 3, imm8: 7 })], registers: { 0: 0xffffffff, 7: 6 } }),
  it: (_, next) => {
    const cond = next() % 14;
    const mask = 1 + next() % 15;
    const length = 4 - Math.log2(mask & -mask);
    const pool = [
      () => [n('add_imm8', { Rdn: next() % 8, imm8: 3 })], () => [n('mov_imm', { Rd: next() % 8, imm8: 77 })], () => [n('cmp_reg', { Rn: 1, Rm: 2 })],
      () => [n('lsl_imm', { Rd: 4, Rm: 5, imm5: 3 })], () => w('qadd', { Rd: 8, Rn: 9, Rm: 10 }), () => w('add_reg', { S: 1, Rd: 3, Rn: 3, Rm: 4 }), () => w('ubfx', { Rd: 1, Rn: 1, lsb: 3, widthm1: 7 }),
      () => [n('str_sp', { Rt: 1, imm: 8 })], () => [n('ldr_sp', { Rt: 2, imm: 12 })],
    ];
    const body = Array.from({ length }, () => pool[next() % pool.length]!());
    return { units: [0xbf00 | cond << 4 | mask, ...body.flat()], registers: {} };
  },
  'b in it': (_, next) => ({ units: [0xbf00 | (next() % 14) << 4 | 4, n('add_imm8', { Rdn: 2, imm8: 1 }), n('b', { simm: 0 }), seenNarrow] }),
};
/** Each target of a switch adds another number to r0, and goes on into the next. */
const ladder = [1, 2, 4, 8];
/** A32's B at one word to another. */
const over = (from: number, to: number, cond = AL): number => a32('b', { cond, simm: 4 * (to - from - 2) });

/** A32 code that leaves at once for the Thumb code behind it: `add r12, pc, #1; bx r12`, as halfwords. */
const armThenBack = [a32('add_imm', { Rd: 12, Rn: 15, imm12: 1 }), a32('bx', { Rm: 12, cond: AL })].flatMap((u) => [u & 0xffff, u >>> 16]);

/** All of them, `times` each. */
export function branchCases(next: Random, times: number): Case[] {
  const make = (set: string, thumb: boolean, cases: Readonly<Record<string, (p: Place, next: Random) => Built>>): Case[] =>
    Object.entries(cases).flatMap(([name, build]) => Array.from({ length: times }, () => ({ name: `${set} ${name}`, thumb, build: (place: Place) => withStack(build(place, next), place) })));
  return [...make('A32', false, armCases), ...make('Thumb', true, thumbCases)];
}

/** IT blocks load and store at the stack pointer. */
const withStack = (built: Built, { scratch }: Place): Built => ({ units: built.units, registers: { 13: scratch, ...built.registers } });
