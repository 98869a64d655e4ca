// The IR's operations that follow the floating-point environment (environment.ts). Each takes what the host computed,
// rounded to nearest, and the operands, and gives the result, which nearly always is just that: three tests in turn say so.
// First, the result is an ordinary number and the inexact flag is set: one comparison with a cell, which no result passes
// while something has to be looked at. Second, while the flag is not set: the result is exact. Third, TypeScript is asked.
import type { Code, MemoryIndex, ValueType } from '../wasm/code.ts';
import { CPU, FLOAT_CELLS, FLOAT_ENVIRONMENT, FLOAT_FLAGS } from '../state.ts';
import { CELL, expected, LEAST32, LEAST64, LEAST_EXACT } from './environment.ts';
import { NV, NX } from './soft.ts';
import { environmentNumber, type EnvironmentKind } from './kinds.ts';

type Arg = (i: number) => void;
type Emit = (code: Code, arg: Arg, imm: number, guest: MemoryIndex) => void;
type Add = (name: string, signature: string, effect: 'flags', inOrder: boolean, emit: Emit) => void;
type FloatType = 'f32' | 'f64';

/** Writes the tests of one operation: a block that gives its result, and in it one that is left for TypeScript. */
class Tests {
  readonly code: Code;
  readonly arg: Arg;
  readonly t: FloatType;
  private readonly state: MemoryIndex;
  private readonly helper: number;

  constructor(code: Code, arg: Arg, t: FloatType, guest: MemoryIndex, helper: number) {
    this.code = code;
    this.arg = arg;
    this.t = t;
    this.state = guest === 0 ? 1 : 0;
    this.helper = helper;
  }
  /** In tier 1's code. */
  get inRegion(): boolean { return this.state === 1; }

  cell(at: keyof typeof CELL): void { this.code.i32(0); this.code.access('i32.load', this.state, CPU + FLOAT_ENVIRONMENT + 4 * CELL[at]); }

  /** Pushes what is more than nothing where exact results are as the host computed them. */
  rest(int: 'i32' | 'i64'): void { this.code.i32(0); this.code.access(`${int}.load`, this.state, CPU + FLOAT_ENVIRONMENT + 4 * CELL.rest); }

  /** Pushes the upper 32 bits of a number's magnitude. */
  top(push: () => void): void {
    const { code } = this;
    push();
    if (this.t === 'f64') { code.op('i64.reinterpret_f64'); code.i64(31, 0); code.op('i64.shr_u'); code.op('i32.wrap_i64'); } else { code.op('i32.reinterpret_f32'); code.i32(1); code.op('i32.shl'); }
  }
  /** Pushes whether the magnitude is from `least` on below what the cell says. */
  within(push: () => void, least: number, cell: keyof typeof CELL): void {
    this.top(push);
    if (least !== 0) { this.code.i32(least); this.code.op('i32.sub'); }
    this.cell(cell);
    this.code.op('i32.lt_u');
  }
  isZero(i: number): void {
    this.arg(i);
    if (this.t === 'f64') this.code.f64bits(0, 0); else this.code.f32bits(0);
    this.code.op(`${this.t}.eq`);
  }

  /** The operation's result: `body` leaves the block with it where it is known, and TypeScript tells the others. */
  result(operands: readonly FloatType[], kind: EnvironmentKind, numbered: FloatType, out: FloatType, body: () => void): void {
    const { code } = this;
    code.block(out);
    body();
    this.ask(operands, kind, numbered);
    this.answer(out);
    code.end();
  }
  /** Pushes what TypeScript has answered. */
  answer(type: ValueType): void { this.code.i32(0); this.code.access(`${type}.load`, this.state, FLOAT_CELLS); }
  /** Calls TypeScript with the operands, which are the arguments from number `from` on. */
  ask(operands: readonly ValueType[], kind: EnvironmentKind, numbered: FloatType, from = 1): void {
    const { code } = this;
    operands.forEach((t, i) => { code.i32(0); this.arg(from + i); code.access(`${t}.store`, this.state, FLOAT_CELLS + 8 * i); });
    code.i32(environmentNumber(numbered, kind)); code.call(this.helper);
  }

  /** Goes on to the end of the result's block with what was computed if the value pushed is not zero. */
  done(): void {
    this.code.brIf(0);
    this.code.drop();
  }
  /** Leaves the block for TypeScript unless the value pushed is not zero. */
  unless(depth = 0): void { this.code.op('i32.eqz'); this.when(depth); }
  when(depth = 0): void { this.code.unlikely(); this.code.brIf(depth); }
}

/**
 * Pushes whether x + y (x - y) is not `sum`, or results need another look whatever they are: then not both of the operands are left when the other is taken off. What is left
 * over is the error both times, or once nothing, so that it does not cancel out.
 */
function sumIsInexact(tests: Tests, t: FloatType, sum: () => void, x: () => void, y: () => void, op: 'add' | 'sub'): void {
  const { code } = tests;
  const [int, back] = [t === 'f64' ? 'i64' : 'i32', op === 'add' ? 'sub' : 'add'] as const;
  sum(); x(); code.op(`${t}.sub`); y(); code.op(`${t}.${back}`);
  sum(); y(); code.op(`${t}.${back}`); x(); code.op(`${t}.sub`);
  code.op(`${t}.add`); code.op(`${int}.reinterpret_${t}`); tests.rest(int); code.op(`${int}.ge_u`);
}

/** Pushes whether x * y - z is not zero, of doubles none of which is very small. */
function productLeaves({ code }: Tests, x: () => void, y: () => void, z: () => void): void {
  for (const push of [x, y, z]) { push(); code.op('f64x2.splat'); }
  code.relaxed(0x108);
  code.op('f64x2.extract_lane', 0); code.op('i64.reinterpret_f64'); code.op('i64.eqz'); code.op('i32.eqz');
}

const arg = (tests: Tests, i: number) => () => tests.arg(i);
const wide = (tests: Tests, i: number) => () => { tests.arg(i); tests.code.op('f64.promote_f32'); };

/** Leaves the block unless a product, quotient or root is exact; zeros of doubles are another test's. */
function exact(tests: Tests, kind: 'mul' | 'div' | 'sqrt'): void {
  const { code } = tests;
  if (tests.t === 'f32') {
    // Products of singles are exact in doubles.
    const [r, x, y] = [wide(tests, 0), wide(tests, 1), wide(tests, 2)];
    tests.cell('plain'); tests.unless();
    const [a, b, c] = kind === 'mul' ? [x, y, r] : kind === 'div' ? [r, y, x] : [r, r, x];
    a(); b(); code.op('f64.mul'); c(); code.op('f64.ne'); tests.when();
    return;
  }
  const [r, x, y] = [arg(tests, 0), arg(tests, 1), arg(tests, 2)];
  tests.within(r, LEAST_EXACT, 'exact64'); tests.unless();
  if (kind === 'mul') productLeaves(tests, x, y, r);
  else {
    tests.within(x, LEAST_EXACT, 'exact64'); tests.unless();
    productLeaves(tests, r, kind === 'div' ? y : r, x);
  }
  tests.when();
}

/** Leaves the block unless a product, quotient or root is zero and an operand is. */
function exactZero(tests: Tests, kind: 'mul' | 'div' | 'sqrt'): void {
  tests.cell('plain');
  tests.isZero(0); tests.code.op('i32.and');
  tests.isZero(1);
  if (kind === 'mul') { tests.isZero(2); tests.code.op('i32.or'); }
  tests.code.op('i32.and'); tests.unless();
}

/** Pushes whether argument i is zero or not below the least normal number. */
function notDenormal(tests: Tests, i: number): void {
  const [least, odd] = tests.t === 'f64' ? [LEAST64, 1] : [LEAST32, 2];
  tests.top(arg(tests, i)); tests.code.i32(least - odd); tests.code.op('i32.ge_u');
  tests.isZero(i); tests.code.op('i32.or');
}

/** Leaves the block unless denormals are flushed and there are none. */
function flushed(tests: Tests, operands: number): void {
  if (tests.t === 'f64') tests.within(arg(tests, 0), LEAST64, 'flushed64'); else tests.within(arg(tests, 0), LEAST32, 'flushed32');
  tests.unless();
  for (let i = 1; i <= operands; i++) { notDenormal(tests, i); tests.unless(); }
}

/** Tests in turn, each in a block that it leaves where it fails; after the last TypeScript is asked. */
function inTurn(tests: Tests, each: readonly (() => void)[]): void {
  for (const test of each) {
    tests.code.block();
    test();
    tests.arg(0);
    tests.code.br(1);
    tests.code.end();
  }
}

/**
 * The result is ordinary, or it is exact. As long as nothing has been inexact, regions look for exact results first: there are
 * programs whose results all are.
 */
function stages(tests: Tests, ordinary: () => void, exact: () => void, last: readonly (() => void)[] = []): void {
  const first = () => { ordinary(); if (expected.inexact) tests.unless(); else { tests.code.op('i32.eqz'); tests.code.brIf(0); } };
  inTurn(tests, [...(expected.inexact || !tests.inRegion ? [first, exact] : [exact, first]), ...last]);
}

const ordinary = (tests: Tests): void => (tests.t === 'f64' ? tests.within(arg(tests, 0), LEAST64, 'span64') : tests.within(arg(tests, 0), LEAST32, 'span32'));
const finite = (tests: Tests): void => tests.within(arg(tests, 0), 0, tests.t === 'f64' ? 'below64' : 'below32');

function arithmetic(add: Add, helper: number, t: FloatType): void {
  for (const kind of ['add', 'sub', 'mul', 'div', 'sqrt'] as const) {
    const operands = kind === 'sqrt' ? [t] : [t, t];
    add(`${t}.${kind}_env`, `${t} ${operands.join(' ')} -> ${t}`, 'flags', false, (code, push, _imm, guest) => {
      const tests = new Tests(code, push, t, guest, helper);
      tests.result(operands, kind, t, t, () => stages(tests, () => (kind === 'mul' || kind === 'div' ? ordinary : finite)(tests), () => {
        if (kind === 'mul' || kind === 'div' || kind === 'sqrt') { exact(tests, kind); return; }
        // Sums that are denormal are exact.
        sumIsInexact(tests, t, arg(tests, 0), arg(tests, 1), arg(tests, 2), kind);
        tests.when();
      }, [...(t === 'f64' && (kind === 'mul' || kind === 'div' || kind === 'sqrt') ? [() => exactZero(tests, kind)] : []), () => flushed(tests, operands.length)]));
    });
  }
}

/** Leaves the block unless a fused operation's product is zero because a factor is: then the sum is the addend, and exact. */
function zeroProduct(tests: Tests): void {
  const { code } = tests;
  tests.cell('plain');
  tests.isZero(1); tests.isZero(2); code.op('i32.or'); code.op('i32.and');
  tests.arg(0); tests.arg(0); code.op(`${tests.t}.eq`); code.op('i32.and');
  tests.unless();
}

/** (x, y, addend): the result is computed here. It is exact where product and sum are. */
function fused(add: Add, helper: number, t: FloatType, computed: (code: Code, push: Arg) => void): void {
  add(`${t}.fma_env`, `${t} ${t} ${t} -> ${t}`, 'flags', false, (code, push, _imm, guest) => {
    const tests = new Tests(code, (i) => (i === 0 ? computed(code, push) : push(i - 1)), t, guest, helper);
    tests.result([t, t, t], 'fma', t, t, () => stages(tests, () => ordinary(tests), () => {
      if (t === 'f32') {
        const product = () => { wide(tests, 1)(); wide(tests, 2)(); code.op('f64.mul'); };
        sumIsInexact(tests, 'f64', wide(tests, 0), product, wide(tests, 3), 'add');
      } else {
        const product = () => { push(0); push(1); code.op('f64.mul'); };
        tests.within(product, LEAST_EXACT, 'exact64'); tests.unless();
        productLeaves(tests, arg(tests, 1), arg(tests, 2), product); tests.when();
        sumIsInexact(tests, 'f64', arg(tests, 0), product, arg(tests, 3), 'add');
      }
      tests.when();
    }, [...(t === 'f64' ? [() => zeroProduct(tests)] : []), () => flushed(tests, 3)]));
  });
}

/** What is done as soon as the result is a number: (result, operands). */
function unlessNaN(add: Add, helper: number, name: string, kind: EnvironmentKind, out: FloatType, operands: readonly FloatType[]): void {
  add(name, `${out} ${operands.join(' ')} -> ${out}`, 'flags', false, (code, push, _imm, guest) => {
    const tests = new Tests(code, push, out, guest, helper);
    tests.result(operands, kind, operands[0]!, out, () => { push(0); push(0); push(0); code.op(`${out}.eq`); code.likely(); tests.done(); });
  });
}

/** How operations take numbers that do not compute: denormals may count as zero, and NaNs may raise something. */
function operands(add: Add, helper: number, t: FloatType): void {
  /** Gives argument 0 if `first` holds, or else `second`; asks otherwise. */
  const choice = (tests: Tests, kind: EnvironmentKind, count: number, first: () => void, second: () => void): void => {
    const { code } = tests;
    first();
    code.likely(); code.if(t); tests.arg(0);
    code.else();
    second();
    code.if(t); tests.arg(0);
    code.else(); tests.ask(Array.from({ length: count }, () => t), kind, t, 0); tests.answer(t);
    code.end(); code.end();
  };
  add(`${t}.operand_env`, `${t} -> ${t}`, 'flags', false, (code, push, _imm, guest) => {
    const tests = new Tests(code, push, t, guest, helper);
    choice(tests, 'operand', 1, () => tests.within(arg(tests, 0), 0, 'operands'), () => notDenormal(tests, 0));
  });
  for (const kind of ['compare', 'compareAll'] as const) {
    /**
     * (x, y): a number that compares with y as operand x does with operand y. The sum is a NaN where one of them is;
     * where infinities of both signs are compared too, which is rare.
     */
    add(`${t}.${kind}_env`, `${t} ${t} -> ${t}`, 'flags', false, (code, push, _imm, guest) => {
      const tests = new Tests(code, push, t, guest, helper);
      const sum = (): void => { push(0); push(1); code.op(`${t}.add`); };
      choice(tests, kind, 2, () => tests.within(sum, 0, t === 'f64' ? 'compared64' : 'compared32'), () => {
        sum(); sum(); code.op(`${t}.eq`);
        notDenormal(tests, 0); code.op('i32.and'); notDenormal(tests, 1); code.op('i32.and');
      });
    });
  }
}

export function environmentOps(add: Add, helper: number, fma: (t: FloatType) => (code: Code, push: Arg) => void): void {
  for (const t of ['f32', 'f64'] as const) {
    arithmetic(add, helper, t);
    fused(add, helper, t, fma(t));
    unlessNaN(add, helper, `${t}.maxnm_env`, 'maxnm', t, [t, t]);
    unlessNaN(add, helper, `${t}.minnm_env`, 'minnm', t, [t, t]);
    unlessNaN(add, helper, `${t}.quiet_env`, 'quiet', t, [t]);
    operands(add, helper, t);
  }
  unlessNaN(add, helper, 'f64.promote_env', 'convert', 'f64', ['f32']);
  /** (result, operand) of a conversion to single precision. */
  add('f32.demote_env', 'f32 f64 -> f32', 'flags', false, (code, push, _imm, guest) => {
    const tests = new Tests(code, push, 'f32', guest, helper);
    tests.result(['f64'], 'convert', 'f64', 'f32', () => stages(tests, () => ordinary(tests), () => {
      tests.cell('plain'); tests.unless();
      wide(tests, 0)(); push(1); code.op('f64.ne'); tests.when();
    }));
  });
  for (const t of ['f32', 'f64'] as const) {
    /** The half in the lower bits of a word, as a number. */
    add(`${t}.from_half_env`, `i32 -> ${t}`, 'flags', false, (code, push, _imm, guest) => {
      const tests = new Tests(code, push, t, guest, helper);
      tests.ask(['i32'], 'fromHalf', t, 0);
      tests.answer(t);
    });
    /** A number as a half in the lower bits of a word. */
    add(`${t}.to_half_env`, `${t} -> i32`, 'flags', false, (code, push, _imm, guest) => {
      const tests = new Tests(code, push, t, guest, helper);
      tests.ask([t], 'toHalf', t, 0);
      tests.answer('i32');
    });
  }
  /** A single as a BFloat16 in the lower bits of a word. */
  add('f32.to_bf16_env', 'f32 -> i32', 'flags', false, (code, push, _imm, guest) => {
    const tests = new Tests(code, push, 'f32', guest, helper);
    tests.ask(['f32'], 'toBF16', 'f32', 0);
    tests.answer('i32');
  });
  /** A double as JavaScript makes integers of it: below the integer, above 1 unless it is that number. */
  add('f64.to_javascript_env', 'f64 -> i64', 'flags', false, (code, push, _imm, guest) => {
    const tests = new Tests(code, push, 'f64', guest, helper);
    tests.ask(['f64'], 'toJavaScript', 'f64', 0);
    tests.answer('i64');
  });
  /** Makes the flags what they shall be. Once inexact is clear, results have to be looked at again. */
  add('float.set_flags', 'i32 ->', 'flags', true, (code, push, _imm, guest) => {
    const tests = new Tests(code, push, 'f32', guest, helper);
    code.i32(0); push(0); code.access('i32.store', guest === 0 ? 1 : 0, CPU + FLOAT_FLAGS);
    push(0); code.i32(NX); code.op('i32.and'); code.op('i32.eqz'); tests.cell('lanesAtMost'); code.op('i32.eqz'); code.op('i32.gt_u');
    code.if(); code.i32(environmentNumber('f32', 'update')); code.call(helper); code.end();
  });
  /** Changes the environment: a control word of environment.ts. Also after flags have been cleared. */
  add('float.set_environment', 'i32 ->', 'flags', true, (code, push, _imm, guest) => {
    code.i32(0); push(0); code.access('i32.store', guest === 0 ? 1 : 0, CPU + FLOAT_ENVIRONMENT + 4 * CELL.control);
    code.i32(environmentNumber('f32', 'update')); code.call(helper);
  });
  /** (x, x rounded, the integer made of that): inexact, or invalid where the integer is another number. Mostly it is inexact, again. */
  add('f64.integer_flags', 'f64 f64 f64 ->', 'flags', false, (code, push, _imm, guest) => {
    const state = guest === 0 ? 1 : 0;
    const flags = (): void => { code.i32(0); code.access('i32.load', state, CPU + FLOAT_FLAGS); };
    const equal = (a: number, b: number): void => { push(a); push(b); code.op('f64.eq'); };
    equal(1, 2); flags(); code.i32(NX); code.op('i32.and'); equal(0, 1); code.op('i32.or'); code.op('i32.and');
    code.op('i32.eqz'); code.unlikely(); code.if();
    code.i32(0); flags(); code.i32(NX); code.i32(NV); equal(1, 2); code.select(); code.op('i32.or'); code.access('i32.store', state, CPU + FLOAT_FLAGS);
    code.end();
  });
  /** Adds flags to those that are set, which they mostly are already. */
  add('float.note', 'i32 ->', 'flags', false, (code, push, _imm, guest) => {
    const state = guest === 0 ? 1 : 0;
    const flags = (): void => { code.i32(0); code.access('i32.load', state, CPU + FLOAT_FLAGS); };
    push(0); flags(); code.i32(-1); code.op('i32.xor'); code.op('i32.and'); code.unlikely(); code.if();
    code.i32(0); push(0); flags(); code.op('i32.or'); code.access('i32.store', state, CPU + FLOAT_FLAGS);
    code.end();
  });
}
