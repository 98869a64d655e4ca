// Instructions that TypeScript runs: floating point other than to nearest in single and double precision, counters, and the
// atomic exchange of quadwords.
import * as soft from '../../translate/float/soft.ts';
import { FLOAT_FLAGS } from '../../translate/state.ts';
import type { Callout, CpuState } from '../guest.ts';
import { halfConstant } from './semantics/float-moves.ts';
import { f, frm, registers, type Xlen } from './state.ts';

const formats = [soft.f32, soft.f64, soft.f16] as const;
const S = 0, D = 1, H = 2;

const cell = (n: number): number => f[n]!.offset >> 2;

/** A register as a number of the format; what is not NaN-boxed as one is the default NaN. */
function readF(cpu: CpuState, fmt: number, n: number): bigint {
  const low = cpu.u32[cell(n)]!, high = cpu.u32[cell(n) + 1]!;
  if (fmt === D) return (BigInt(high) << 32n) | BigInt(low);
  const boxed = high === 0xffffffff && (fmt === S || low >>> 16 === 0xffff);
  return boxed ? BigInt(fmt === S ? low : low & 0xffff) : soft.defaultNaN(formats[fmt]!);
}

function writeF(cpu: CpuState, fmt: number, n: number, bits: bigint): void {
  const low = Number(bits & 0xffffffffn);
  cpu.u32[cell(n)] = fmt === H ? low | 0xffff0000 : low;
  cpu.u32[cell(n) + 1] = fmt === D ? Number(bits >> 32n) : 0xffffffff;
}

/** FCLASS: which of ten classes a number is of, as a bit. */
function classify(fmt: number, bits: bigint): number {
  const a = soft.unpack(formats[fmt]!, bits);
  if (a.kind === 'nan') return a.signalling ? 1 << 8 : 1 << 9;
  const normal = a.m >> BigInt(formats[fmt]!.fraction);
  const size = a.kind === 'infinite' ? 0 : a.kind === 'zero' ? 3 : normal ? 1 : 2;
  return 1 << (a.sign ? size : 7 - size);
}

/** FCVTMOD.W.D: the integer part modulo 2^32. */
function moduloWord(bits: bigint): bigint {
  const a = soft.unpack(soft.f64, bits);
  if (a.kind === 'nan' || a.kind === 'infinite') { soft.raised.flags |= soft.NV; return 0n; }
  const whole = a.e >= 0 ? a.m << BigInt(a.e) : a.m >> BigInt(-a.e);
  const value = a.sign ? -whole : whole;
  if (value < -(1n << 31n) || value >= 1n << 31n) soft.raised.flags |= soft.NV;
  else if (a.e < 0 && whole << BigInt(-a.e) !== a.m) soft.raised.flags |= soft.NX;
  return BigInt.asIntN(32, value);
}

const halfBits = (value: number): bigint => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return Number.isNaN(value) ? soft.defaultNaN(soft.f16) : soft.convert(soft.f64, soft.f16, view.getBigUint64(0), soft.RNE);
};

const integerLimits = [
  [-(1n << 31n), (1n << 31n) - 1n], [0n, (1n << 32n) - 1n], [-(1n << 63n), (1n << 63n) - 1n], [0n, (1n << 64n) - 1n],
] as const;

/** Any instruction of the opcodes 1000011 to 1010011, from its word. */
const float = (xlen: Xlen): Callout => (cpu, word) => {
  const { x } = registers[xlen];
  const rd = (word >>> 7) & 31, rs1 = (word >>> 15) & 31, rs2 = (word >>> 20) & 31, fmt = (word >>> 25) & 3, rm = (word >>> 12) & 7;
  const mode = rm === 7 ? cpu.i32[frm.offset >> 2]! : rm;
  const form = formats[fmt]!;
  const a = (): bigint => readF(cpu, fmt, rs1);
  const b = (): bigint => readF(cpu, fmt, rs2);
  const setX = (value: bigint): void => {
    if (rd === 0) return;
    const at = x[rd]!.offset >> 2;
    cpu.i32[at] = Number(BigInt.asIntN(32, value));
    if (xlen === 64) cpu.i32[at + 1] = Number(BigInt.asIntN(32, value >> 32n));
  };
  const getX = (): bigint => {
    const at = x[rs1]!.offset >> 2;
    if (rs1 === 0) return 0n;
    return xlen === 64 ? (BigInt(cpu.i32[at + 1]!) << 32n) | BigInt(cpu.u32[at]!) : BigInt(cpu.i32[at]!);
  };
  const set = (bits: bigint): void => writeF(cpu, fmt, rd, bits);
  soft.raised.flags = 0;
  const opcode = word & 127;
  if (opcode !== 0x53) {
    const product = opcode === 0x4b || opcode === 0x4f, addend = opcode === 0x47 || opcode === 0x4f;
    const c = readF(cpu, fmt, word >>> 27);
    set(soft.fma(form, product ? soft.negate(form, a()) : a(), b(), addend ? soft.negate(form, c) : c, mode));
  } else {
    switch (word >>> 27) {
      case 0b00000: set(soft.add(form, a(), b(), mode)); break;
      case 0b00001: set(soft.sub(form, a(), b(), mode)); break;
      case 0b00010: set(soft.mul(form, a(), b(), mode)); break;
      case 0b00011: set(soft.div(form, a(), b(), mode)); break;
      case 0b01011: set(soft.sqrt(form, a(), mode)); break;
      case 0b00100: {
        const top = 1n << BigInt(form.bits - 1);
        const sign = rm === 0 ? b() : rm === 1 ? ~b() : a() ^ b();
        set((a() & ~top) | (sign & top));
        break;
      }
      case 0b00101: set(soft.extreme(form, a(), b(), rm & 1 ? 'max' : 'min', rm >= 2)); break;
      case 0b01000:
        if (rs2 >= 4) set(soft.roundToIntegral(form, a(), mode, rs2 === 5));
        else set(soft.convert(formats[rs2]!, form, readF(cpu, rs2, rs1), mode));
        break;
      case 0b10100: {
        const order = soft.compare(form, a(), b(), rm < 2);
        setX(order === null ? 0n : BigInt((rm & 3) === 2 ? order === 0 : (rm & 3) === 1 ? order < 0 : order <= 0));
        break;
      }
      case 0b11000: {
        if (rs2 === 8) { setX(moduloWord(a())); break; }
        const [least, most] = integerLimits[rs2]!;
        const value = soft.toInteger(form, a(), least, most, most, mode);
        setX(rs2 < 2 ? BigInt.asIntN(32, value) : value);
        break;
      }
      case 0b11010: {
        const value = getX();
        set(soft.fromInteger(form, rs2 === 0 ? BigInt.asIntN(32, value) : rs2 === 1 ? BigInt.asUintN(32, value) : rs2 === 3 ? BigInt.asUintN(64, value) : value, mode));
        break;
      }
      case 0b11100: setX(BigInt(classify(fmt, a()))); break;
      case 0b11110: set(halfBits(halfConstant(rs1))); break;
    }
  }
  cpu.i32[FLOAT_FLAGS >> 2]! |= soft.raised.flags;
};

/** cycle, time and instret: nanoseconds all three, which is what a user may rely on: they move on. */
const counter = (xlen: Xlen): Callout => (cpu, info) => {
  const rd = info & 31;
  if (rd === 0) return;
  const now = process.hrtime.bigint();
  const at = registers[xlen].x[rd]!.offset >> 2;
  const high = Number(BigInt.asIntN(32, now >> 32n)), low = Number(BigInt.asIntN(32, now));
  cpu.i32[at] = info >> 5 >= 0xc80 ? high : low;
  if (xlen === 64) cpu.i32[at + 1] = high;
};

/** AMOCAS.Q: an even register of a pair is its lower half, and x0 a pair of zeroes. */
const exchange = (xlen: Xlen): Callout => (cpu, word, helpers) => {
  const { x } = registers[xlen];
  const rd = (word >>> 7) & 31, rs1 = (word >>> 15) & 31, rs2 = (word >>> 20) & 31;
  const half = (n: number): number[] => [...cpu.u8.subarray(x[n]!.offset, x[n]!.offset + 8)];
  const pair = (n: number): Uint8Array => (n === 0 ? new Uint8Array(16) : Uint8Array.of(...half(n), ...half(n + 1)));
  const at = x[rs1]!.offset >> 2;
  const found = helpers.compareExchange16(rs1 === 0 ? 0 : cpu.u32[at + 1]! * 2 ** 32 + cpu.u32[at]!, pair(rd), pair(rs2));
  if (rd === 0) return;
  cpu.u8.set(found.subarray(0, 8), x[rd]!.offset);
  cpu.u8.set(found.subarray(8), x[rd + 1]!.offset);
};

/** In the order of CALLOUT in semantics/machine.ts. */
export const callouts = (xlen: Xlen): readonly Callout[] => [float(xlen), counter(xlen), exchange(xlen)];
